/** The inspector's page. It draws the state the host sends and sends back what the person wants. */
import './ui/text';
import { render } from 'preact';
import { App } from './frame/app';
import './styles/index.css';

render(<App />, document.getElementById('root') ?? document.body);
