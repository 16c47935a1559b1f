/** What brings TensorFlow here: a command of the editor, where it has started this process, else of the repository. */
export function installHint(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.ACNET_STORAGE
    ? 'the command “ACNet: Install Native Backend” installs it'
    : '`npm run setup` installs it';
}
