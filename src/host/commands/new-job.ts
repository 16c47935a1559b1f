import * as vscode from 'vscode';
import type { Command } from '../kit/command';
import { onNewJob } from '../training/new-job';

/** Writes a job file and opens it. Answers with its path. */
export const newJob: Command<string> = {
  id: 'newJob',
  title: 'New Job File…',
  icon: 'new-file',
  needsTrust: 'Writing a job file',
  menus: { explorer: 'checkpoint', inspector: { group: '1_acnet', when: 'canTrain' } },
  run: onNewJob('New Job File', async (_services, { file }) => {
    await vscode.window.showTextDocument(vscode.Uri.file(file));
    return file;
  }),
};
