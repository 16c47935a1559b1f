/** The theme's colours as numbers, read again whenever VS Code changes them. */
import { useEffect, useState } from 'preact/hooks';
import { mix } from '../../src/shared/colour';
import type { Rgb, Palette } from '../../src/shared/colour';
import { parseColour } from './parse-colour';

function read(): Palette {
  const styles = getComputedStyle(document.body);
  const colour = (name: string, otherwise: Rgb): Rgb =>
    parseColour(styles.getPropertyValue(name)) ?? otherwise;
  const classes = document.body.classList;
  const darkHighContrast =
    classes.contains('vscode-high-contrast') && !classes.contains('vscode-high-contrast-light');
  const background = colour('--vscode-editor-background', [31, 31, 31]);
  const foreground = colour('--vscode-foreground', [204, 204, 204]);
  return {
    zero: mix(background, foreground, darkHighContrast ? 0.3 : 0.1),
    below: colour('--vscode-charts-purple', [177, 128, 215]),
    above: colour('--vscode-charts-green', [137, 209, 133]),
  };
}

/** The theme's colours; whoever draws with them is drawn again when the theme changes. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setPalette(read());
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  return palette;
}
