/** A state of the page that the playground offers. */
interface Choice {
  readonly name: string;
  /** The tab that shows it. */
  readonly tab: string;
}

const STYLE = `
  body { display: grid; grid-template: 1fr / 220px 1fr; height: 100vh; margin: 0; font: 13px system-ui, sans-serif; }
  nav { overflow: auto; padding: 12px; border-right: 1px solid #8888; display: flex; flex-direction: column; gap: 8px; }
  nav ul { list-style: none; margin: 0; padding: 0; }
  nav a { display: block; padding: 2px 4px; color: inherit; text-decoration: none; }
  nav a[aria-current] { background: #0078d4; color: #fff; }
  main { display: grid; grid-template-rows: 1fr 140px; min-width: 0; }
  #stage { overflow: auto; }
  iframe { border: 0; height: 100%; width: 100%; }
  pre { margin: 0; padding: 8px; overflow: auto; border-top: 1px solid #8888; font-size: 12px; }
  :root { color-scheme: light dark; }`;

/** What the frame does: it remembers its choices in the address, so that a reload keeps them. */
const SCRIPT = `
  const [stage, log] = [document.querySelector('iframe'), document.querySelector('pre')];
  const inputs = { theme: document.querySelector('#theme'), width: document.querySelector('#width') };
  const read = () => new URLSearchParams(location.hash.slice(1));
  const show = () => {
    const choice = read();
    const links = [...document.querySelectorAll('nav a')];
    const name = choice.get('look') ?? links[0].dataset.look;
    for (const link of links) link.toggleAttribute('aria-current', link.dataset.look === name);
    inputs.theme.value = choice.get('theme') ?? 'dark';
    inputs.width.value = choice.get('width') ?? '100%';
    stage.style.width = inputs.width.value;
    const tab = links.find((link) => link.dataset.look === name)?.dataset.tab;
    const query = new URLSearchParams({ look: name, theme: inputs.theme.value });
    log.textContent = '';
    stage.onload = () => openTab(tab);
    stage.src = '/page?' + query;
  };
  const openTab = (tab) => {
    const tabs = [...stage.contentDocument.querySelectorAll('[role=tab]')];
    if (tabs.length === 0) setTimeout(() => openTab(tab), 50); // not drawn yet
    tabs.find((each) => each.textContent.trim().startsWith(tab))?.click();
  };
  const choose = (change) => {
    location.hash = String(new URLSearchParams({ ...Object.fromEntries(read()), ...change }));
  };
  document.querySelector('nav').addEventListener('click', (event) => {
    const look = event.target.dataset?.look;
    if (look === undefined) return;
    event.preventDefault();
    choose({ look });
  });
  for (const [key, input] of Object.entries(inputs))
    input.addEventListener('change', () => choose({ [key]: input.value }));
  window.addEventListener('hashchange', show);
  window.addEventListener('message', ({ source, data }) => {
    if (source === stage.contentWindow) log.textContent += JSON.stringify(data) + '\\n';
  });
  new EventSource('/changes').onmessage = show;
  show();`;

/** The document around the page: a list of its states, its theme and width, and below it what it sends. */
export function frame(choices: readonly Choice[], themes: readonly string[]): string {
  const links = choices.map(
    ({ name, tab }) => `<li><a href="#look=${name}" data-look="${name}" data-tab="${tab}">${name}</a></li>`,
  );
  const options = (values: readonly string[]) => values.map((value) => `<option>${value}</option>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Playground</title><style>${STYLE}</style></head>
<body>
<nav>
<label>Theme <select id="theme">${options(themes)}</select></label>
<label>Width <select id="width">${options(['100%', '300px', '600px', '900px', '1400px'])}</select></label>
<ul>${links.join('')}</ul>
</nav>
<main><div id="stage"><iframe title="Inspector"></iframe></div><pre aria-label="Messages to the extension"></pre></main>
<script>${SCRIPT}</script>
</body></html>`;
}
