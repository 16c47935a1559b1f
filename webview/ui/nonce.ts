/**
 * The toolkit writes its design tokens into a `<style>` element of its own making. Under a strict content
 * security policy that element needs the page's nonce, and it is filled as soon as the toolkit is
 * evaluated: this module must be imported before it.
 */

function pageNonce(): string {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement && current.nonce !== '') return current.nonce;
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}

const nonce = pageNonce();
const createElement = document.createElement.bind(document);

document.createElement = (tag: string, options?: ElementCreationOptions) => {
  const element = createElement(tag, options);
  if (nonce !== '' && tag.toLowerCase() === 'style') element.setAttribute('nonce', nonce);
  return element;
};
