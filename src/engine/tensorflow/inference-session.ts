import type { TensorRef } from '../../core/tensor/tensor';
import type { InferenceSession, Result, Weights } from '../backend';
import type { LoadedNative } from '../native/load';
import type { InferencePlan } from '../plan/plan';
import { compile, initialFeeds, weightFeeds } from './compile';
import type { ConvolutionTarget } from './convolution';
import { DT, type GraphBuilder, type Signature } from './graph-def';
import { GraphSession, type Feed } from './session';

/** A forward pass in a TensorFlow session. */
export class TensorflowInference implements InferenceSession {
  private readonly session: GraphSession<'init' | 'evaluate'>;

  constructor(
    binding: LoadedNative['binding'],
    private readonly plan: InferencePlan,
    tensors: ReadonlyMap<string, TensorRef>,
    readonly values: readonly string[],
    target?: ConvolutionTarget,
  ) {
    const { graph, tensor, assign } = compile(plan, target);
    const evaluate: Signature = {
      inputs: new Map(plan.inputs.flatMap((value, i) => (value ? [[key(i), tensor(value)]] : []))),
      outputs: new Map(plan.outputs.map((value, i) => [key(i), fetchable(graph, tensor(value))])),
    };
    this.session = new GraphSession(binding, graph, { init: assign, evaluate });
    this.session.run('init', initialFeeds(plan, tensors));
  }

  run(inputs: readonly Float32Array[], batch: number): readonly Result[] {
    const feeds = new Map<string, Feed>();
    this.plan.inputs.forEach((value, i) => {
      if (!value) return;
      const shape = [batch, ...value.shape.slice(1).map(Number)];
      feeds.set(key(i), { shape, values: inputs[i] ?? new Float32Array() });
    });
    return this.session.run('evaluate', feeds);
  }

  assign(weights: Weights): void {
    const feeds = weightFeeds(this.plan, weights);
    this.session.run('init', feeds, [...feeds.keys()]);
  }

  dispose(): void {
    this.session.dispose();
  }
}

function key(index: number): string {
  return String(index);
}

/** A session refuses to fetch what it is fed, and an input may be asked for. */
function fetchable(graph: GraphBuilder, tensor: string): string {
  return graph.add('Identity', [tensor], { T: { type: DT.float } });
}
