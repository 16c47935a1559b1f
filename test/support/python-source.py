"""Parses generated modules and prints what in them is none of what such a module is made of.

Usage: python-source.py LIST, a JSON object of sources by name. Nothing of them is run.
"""

import ast
import json
import sys
import warnings

KINDS = """
Module Import ImportFrom alias FunctionDef ClassDef arguments arg Expr Constant Assign Name Load Store Attribute
Call keyword Tuple List Starred For If UnaryOp Not USub BinOp Add Sub Mult Div FloorDiv Return Subscript Slice DictComp
comprehension ListComp Dict Compare Is IsNot Eq NotEq In NotIn IfExp
""".split()

# A module calls these and no others: functions by their whole name, methods by their own.
CALLS = """
add keep at cut super dict hasattr getattr float round str AsymmetricBlock Network load_file
torch.load torch.tensor torch.zeros torch.flatten torch.softmax torch.log_softmax torch.cat torch.clamp torch.sigmoid torch.tanh
torch.exp torch.maximum torch.minimum
F.pad F.interpolate F.max_pool2d F.avg_pool2d F.relu F.relu6 F.selu F.silu F.mish F.softplus F.softsign F.hardswish
F.hardsigmoid F.group_norm F.layer_norm F.leaky_relu F.elu F.gelu
nn.Module nn.Conv2d nn.ConvTranspose2d nn.BatchNorm1d nn.BatchNorm2d nn.Linear nn.PReLU nn.GroupNorm nn.LayerNorm nn.Identity
""".split()
METHODS = """
split add_module register_buffer load_state_dict eval items startswith permute reshape mean amax new_tensor __init__ get append tolist _load_from_state_dict
square_bn square_conv ver_bn ver_conv hor_bn hor_conv
""".split()
IMPORTS = ["torch", "torch.nn.functional", "torch.nn", "safetensors.torch.load_file"]


def called(function):
    """The whole name of what is called, and the method's."""
    if isinstance(function, ast.Name):
        return function.id, None
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}", function.attr
    return None, getattr(function, "attr", None)


def imported(node):
    names = [alias.name for alias in node.names]
    return names if isinstance(node, ast.Import) else [f"{node.module}.{name}" for name in names]


def strange(source):
    """What a module must not have."""
    for node in ast.walk(ast.parse(source)):
        kind = type(node).__name__
        if kind not in KINDS:
            yield f"{kind} in line {getattr(node, 'lineno', 0)}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (f"imports {name}" for name in imported(node) if name not in IMPORTS)
        if isinstance(node, ast.Call):
            whole, method = called(node.func)
            # at("path")(x) calls a layer of the network.
            layer = isinstance(node.func, ast.Call) and called(node.func.func)[0] == "at"
            if not layer and whole not in CALLS and method not in METHODS:
                yield f"calls {ast.unparse(node.func)}"
            if whole == "torch.load" and ast.unparse(node).count("weights_only=True") != 1:
                yield "loads more than weights"
        # Beside docstrings nothing computes for its own sake.
        if isinstance(node, ast.Expr) and not isinstance(node.value, (ast.Constant, ast.Call)):
            yield f"an expression {ast.unparse(node)[:80]}"
    shape = [type(node).__name__ for node in ast.parse(source).body]
    ends = [i for i, kind in enumerate(shape) if kind == "Expr"]
    if ends != [0]:
        yield f"expressions at the module's level: {ends}"


warnings.simplefilter("error")
found = {}
for name, source in json.load(open(sys.argv[1], encoding="utf-8")).items():
    try:
        wrong = list(strange(source))
    except Exception as error:  # noqa: BLE001: whatever the parser says
        wrong = [f"{type(error).__name__}: {error}"]
    if wrong:
        found[name] = wrong
print(json.dumps(found))
