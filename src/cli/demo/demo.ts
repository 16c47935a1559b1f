import path from 'node:path';
import { UserError } from '../../core/errors';
import { openDataset } from '../../engine/data';
import type { Dataset } from '../../engine/data/dataset';
import { OwnFolder } from '../../files/own-folder';
import { convertFile } from '../../operations/convert/convert';
import { evaluateFile } from '../../operations/evaluate';
import { fuseFile } from '../../operations/fuse';
import { inspectFile } from '../../operations/inspect';
import { readJob } from '../../operations/job/job';
import { kernelsOfFile } from '../../operations/kernels';
import { pruneFile } from '../../operations/prune';
import { kernelsPart } from '../../operations/report/write';
import type { TrainEvent } from '../../contract/results';
import { trainJob } from '../../operations/train/train';
import { verifyFiles } from '../../operations/verify/verify';
import { duration } from '../progress';
import { renderInspect } from '../render/inspect';
import { renderKernels } from '../render/kernels';
import { renderEvaluate, renderPrune, renderVerify } from '../render/measures';
import { renderConvert, renderFuse } from '../render/rewriting';
import { table } from '../render/table';
import { renderEvent, renderTrain } from '../render/training';
import type { Session } from '../session';
import { countDisagreements } from './agreement';
import { checkRun } from './checks';
import { trainFirstNetwork } from './first-training';
import { writeDemoReport } from './report';
import { writeSample } from './sample-folder';

/** Folders of a demo run. */
export interface DemoOptions {
  /** Folder with MNIST's four IDX files. */
  readonly data: string;
  /** Folder for everything that is written. */
  readonly output: string;
  /** Folder of the sample that is shipped; refreshed when given. */
  readonly sample?: string;
}

/** Test images of the pruning check: enough for ± 0.3 points at 98 %, and few enough for a minute. */
const PRUNING_IMAGES = 2000;
const PRUNING_RATIOS = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.44];
const PRUNING_SEEDS = 5;
const VERIFY_SAMPLES = 512;

/** The fine-tuning, as a job file has it. */
const RECIPE = {
  epochs: 3,
  batch: 128,
  learningRate: 0.01,
  augmentation: { padCrop: 2 },
  seed: 1,
} as const;

/**
 * The whole story on real images: trains a network, converts and fine-tunes it beside a baseline, fuses, verifies,
 * evaluates, prunes, reports. The exit code is 1 if a bar was missed.
 */
export async function runDemo(options: DemoOptions, session: Session): Promise<void> {
  const demo = new Demo(options, session);
  await demo.run();
}

/** One run; each step shows the command that does the same by hand. */
class Demo {
  private readonly started = Date.now();
  private readonly commands: string[] = [];
  private readonly dataset: Dataset;
  private readonly folder: OwnFolder;

  constructor(
    private readonly options: DemoOptions,
    private readonly session: Session,
  ) {
    this.folder = new OwnFolder(options.output, 'the demonstration');
    this.dataset = openDataset(options.data);
    requireMnist(this.dataset);
  }

  async run(): Promise<void> {
    this.folder.make();
    const model = await this.firstTraining();
    const network = await this.look(model);
    const converted = await this.convert(model);
    const { result, events } = await this.train(model);
    const fused = await this.fuse(result.outputs.acnet);
    const measured = await this.measure(result.outputs, fused.file);
    const pruning = await this.prune(result.outputs.baseline, fused.file);
    const kernels = await kernelsPart(
      model,
      { baseline: result.outputs.baseline, acnet: fused.file },
      result,
    );
    const { context } = this.session;
    const checks = checkRun({ ...measured, converted, fused: fused.verify });
    const backend = (await context.backend()).description;
    const report = await writeDemoReport(path.join(this.options.output, 'report.html'), {
      ...{ network, train: { result, events }, verify: fused.verify, checks, backend },
      ...{ kernels, measured, pruning, commands: this.commands, dataset: this.dataset },
      seconds: (Date.now() - this.started) / 1000,
    });
    this.session.print(
      table(
        [
          { head: 'check' },
          { head: 'measured', align: 'right' },
          { head: 'bar', align: 'right' },
          { head: '' },
        ],
        checks.map(({ name, measured: value, bar, passed }) => [
          name,
          value,
          bar,
          passed ? 'met' : 'NOT met',
        ]),
      ),
    );
    this.session.print(`\nbackend  ${backend}\ntime     ${this.elapsed()}\nreport   ${report}`);
    const { sample } = this.options;
    if (sample !== undefined) await writeSample(sample, model, this.dataset);
    if (checks.some(({ passed }) => !passed)) {
      this.session.exitCode = 1;
      this.session.note('the demonstration missed a bar, see the table above');
    }
  }

  private async firstTraining(): Promise<string> {
    const file = path.join(this.options.output, 'mnist.keras');
    const { training, evaluation } = this.dataset;
    this.title(
      `A network to start from: random weights, ${training.count} images of handwritten digits (MNIST), ${evaluation.count} for testing`,
    );
    await trainFirstNetwork(file, this.dataset, this.session.context, (epoch, loss) =>
      this.session.print(`epoch ${epoch}  training loss ${loss.toFixed(4)}`),
    );
    this.session.print(`written: ${file}`);
    return file;
  }

  private async look(model: string) {
    this.command(`inspect ${model}`);
    const network = await inspectFile(model);
    this.session.print(renderInspect(model, network));
    this.command(`kernels ${model}`);
    this.session.print(renderKernels(model, await kernelsOfFile(model), false));
    return network;
  }

  private async convert(model: string) {
    const { session } = this;
    const output = path.join(this.options.output, 'mnist.acnet.keras');
    this.command(`convert ${model} -o ${output} --overwrite`);
    const options = { variant: 'skeleton', overwrite: true } as const;
    session.print(renderConvert(await convertFile(model, output, options, session.context)));
    return this.verify(model, output);
  }

  private async verify(a: string, b: string) {
    const { data } = this.options;
    this.command(`verify ${a} ${b} --data ${data} --samples ${VERIFY_SAMPLES}`);
    const result = await verifyFiles(a, b, { samples: VERIFY_SAMPLES, data }, this.session.context);
    this.session.print(renderVerify(result));
    return result;
  }

  private async train(model: string) {
    const file = path.join(this.options.output, 'mnist.acnet.json');
    const folder = path.dirname(file);
    const job = {
      checkpoint: path.relative(folder, model),
      data: { folder: path.relative(folder, path.resolve(this.options.data)) },
      ...RECIPE,
      output: { overwrite: true },
    };
    const text = `${JSON.stringify(job, null, 2)}\n`;
    await this.folder.replace(path.basename(file), text);
    this.command(`train ${file}`);
    const events: TrainEvent[] = [];
    const onEvent = (event: TrainEvent): void => {
      events.push(event);
      for (const line of renderEvent(event)) this.session.print(line);
    };
    const directory = path.join(folder, 'mnist.acnet');
    const context = { ...this.session.context, onEvent };
    const result = await trainJob(readJob(text, file), { directory }, context);
    this.session.print(`\n${renderTrain(result)}`);
    return { result, events };
  }

  private async fuse(acnet: string) {
    const file = path.join(this.options.output, 'mnist.fused.keras');
    this.command(`fuse ${acnet} -o ${file} --overwrite`);
    this.session.print(
      renderFuse(await fuseFile(acnet, file, { fold: false, overwrite: true }, this.session.context)),
    );
    return { file, verify: await this.verify(acnet, file) };
  }

  private async measure(outputs: { readonly baseline: string; readonly acnet: string }, fused: string) {
    const evaluate = async (file: string) => {
      this.command(`evaluate ${file} --data ${this.options.data}`);
      const result = await evaluateFile(file, { data: this.options.data }, this.session.context);
      this.session.print(renderEvaluate(result));
      return result;
    };
    const measured = {
      baseline: await evaluate(outputs.baseline),
      acnet: await evaluate(outputs.acnet),
      fused: await evaluate(fused),
    };
    const { evaluation } = this.dataset;
    const different = await countDisagreements([outputs.acnet, fused], evaluation, this.session.context);
    return { ...measured, different };
  }

  private async prune(baseline: string, fused: string) {
    const prune = async (file: string) => {
      const { data } = this.options;
      const ratios = PRUNING_RATIOS.join(',');
      this.command(`prune ${file} --data ${data} --limit ${PRUNING_IMAGES} --ratios ${ratios}`);
      const options = { data, limit: PRUNING_IMAGES, ratios: PRUNING_RATIOS, seeds: PRUNING_SEEDS };
      const result = await pruneFile(file, options, this.session.context);
      this.session.print(renderPrune(result));
      return result;
    };
    return { acnet: await prune(fused), baseline: await prune(baseline) };
  }

  private title(text: string): void {
    this.session.print(`\n── ${text}  [${this.elapsed()}]\n`);
  }

  private command(text: string): void {
    this.commands.push(`npx acnet ${text}`);
    this.title(`npx acnet ${text}`);
  }

  private elapsed(): string {
    return duration((Date.now() - this.started) / 1000);
  }
}

/** @throws UserError if the folder does not hold MNIST. */
function requireMnist({ training, evaluation, path: folder }: Dataset): void {
  if (training.count === 60_000 && evaluation.count === 10_000) return;
  throw new UserError('the demonstration needs the MNIST data set', {
    path: folder,
    found: `${training.count} and ${evaluation.count} images`,
    expected: '60000 and 10000 images',
  });
}
