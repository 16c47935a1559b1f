"""Writes ONNX models of many kinds: make_models.py FOLDER. Prints their names."""

import json
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
F = TensorProto.FLOAT


class Builder:
    """A model of one chain of values, whatever the test wants it to hold."""

    def __init__(self, seed, opset=17, ir=8):
        self.random = np.random.default_rng(seed)
        self.nodes, self.tensors, self.inputs, self.count = [], [], [], 0
        self.opset, self.ir, self.kind = opset, ir, np.float32

    def const(self, values, name=None):
        name = name or f"w{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def normal(self, *shape, scale=1.0, name=None):
        return self.const((scale * self.random.normal(size=shape)).astype(self.kind), name)

    def input(self, shape, name="input", kind=F):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def node(self, op, inputs, name=None, outputs=1, domain="", **attributes):
        self.count += 1
        made = [f"v{self.count}" + ("" if i == 0 else f"_{i}") for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, made, name=name or f"{op}_{self.count}", domain=domain, **attributes))
        return made[0] if outputs == 1 else made

    def conv(self, x, cin, cout, k, bias=False, group=1, scale=1.0, **attributes):
        kh, kw = (k, k) if isinstance(k, int) else k
        scale *= (cin // group * kh * kw) ** -0.5
        inputs = [x, self.normal(cout, cin // group, kh, kw, scale=scale)]
        if bias:
            inputs.append(self.normal(cout))
        return self.node("Conv", inputs, group=group, kernel_shape=[kh, kw], **attributes)

    def norm(self, x, channels, epsilon=1e-5, **attributes):
        gamma = self.const(self.random.uniform(-1.5, 1.5, channels).astype(self.kind))
        beta, mean = self.normal(channels), self.normal(channels, scale=0.3)
        variance = self.const(self.random.uniform(0.3, 2, channels).astype(self.kind))
        return self.node("BatchNormalization", [x, gamma, beta, mean, variance], epsilon=epsilon, momentum=0.9, **attributes)

    def conv_bn(self, x, cin, cout, k, activation="Relu", **attributes):
        x = self.norm(self.conv(x, cin, cout, k, **attributes), cout)
        return self.node(activation, [x]) if activation else x

    def save(self, name, outputs, external=False):
        infos = [helper.make_tensor_value_info(v, F, [None] * rank) for v, rank in outputs]
        graph = helper.make_graph(self.nodes, name, self.inputs, infos, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=self.ir)
        if self.ir < 4:
            for tensor in self.tensors:
                model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
        model = onnx.shape_inference.infer_shapes(model)
        model.producer_name, model.producer_version = "maker", "1"
        path = os.path.join(folder, f"{name}.onnx")
        if external:
            onnx.save_model(model, path, save_as_external_data=True, location=f"{name}.weights", size_threshold=64)
        else:
            onnx.save(model, path)
        onnx.checker.check_model(path, full_check=True)
        names.append(name)


names = []


def torch_like():
    b = Builder(1)
    x = b.input(["batch", 3, 31, 30])
    x = b.conv_bn(x, 3, 8, 3, strides=[2, 2], pads=[1, 1, 1, 1])
    y = b.conv_bn(x, 8, 8, 3, pads=[1, 1, 1, 1])
    y = b.conv_bn(y, 8, 8, 3, activation=None, pads=[1, 1, 1, 1])
    x = b.node("Relu", [b.node("Add", [y, x])])
    x = b.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0], ceil_mode=1)
    x = b.conv_bn(x, 8, 8, 3, group=8, pads=[1, 1, 1, 1], activation="HardSwish")
    x = b.conv_bn(x, 8, 16, 1)
    x = b.conv_bn(x, 16, 16, 3, group=4, dilations=[2, 2], pads=[2, 2, 2, 2])
    x = b.node("AveragePool", [x], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1], count_include_pad=1)
    x = b.conv(x, 16, 12, 5, bias=True, pads=[2, 1, 1, 2], strides=[1, 2])
    x = b.node("Relu", [x])
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x])], axis=1)
    x = b.node("Gemm", [x, b.normal(10, 12), b.normal(10)], transB=1)
    b.save("torch-like", [(x, 2)])


def old():
    b = Builder(2, opset=7, ir=3)
    x = b.input([1, 3, 12, 12])
    x = b.conv_bn(x, 3, 6, 3, pads=[1, 1, 1, 1])
    x = b.node("Clip", [b.conv(x, 6, 6, (3, 5), bias=True)], min=0.0, max=6.0)
    x = b.node("Pad", [x], pads=[0, 0, 1, 1, 0, 0, 0, 1], mode="constant", value=0.0)
    x = b.norm(b.conv(x, 6, 4, 2, strides=[2, 2]), 4)
    x = b.node("Dropout", [x], ratio=0.3)
    shape = b.node("Shape", [x])
    batch = b.node("Gather", [shape, b.const(np.array(0, np.int64))], axis=0)
    parts = [b.node("Unsqueeze", [batch], axes=[0]), b.const(np.array([-1], np.int64))]
    x = b.node("Reshape", [x, b.node("Concat", parts, axis=0)])
    x = b.node("Gemm", [x, b.normal(4 * 5 * 5, 5), b.normal(5)])
    x = b.node("Softmax", [x], axis=1)
    b.save("old", [(x, 2)])


def tf_like():
    b = Builder(3, opset=15)
    x = b.node("Transpose", [b.input(["n", 33, 32, 3])], perm=[0, 3, 1, 2])
    x = b.node("Mul", [b.node("Sub", [x, b.const(np.float32(0.5))]), b.const(np.float32(2))])
    x = b.norm(b.conv(x, 3, 8, 3, auto_pad="SAME_UPPER", strides=[2, 2]), 8, epsilon=1e-3)
    x = b.node("Clip", [x, b.const(np.float32(0)), b.const(np.float32(6))])
    x = b.conv(x, 8, 8, 3, auto_pad="SAME_UPPER", group=8, strides=[2, 2])
    x = b.node("Add", [x, b.normal(1, 8, 1, 1)])
    x = b.node("Transpose", [x], perm=[0, 2, 3, 1])
    x = b.node("LeakyRelu", [x], alpha=0.2)
    x = b.node("Concat", [x, b.node("Sigmoid", [x])], axis=3)
    x = b.node("Transpose", [x], perm=[0, 3, 1, 2])
    x = b.conv_bn(x, 16, 8, 4, auto_pad="SAME_LOWER")
    x = b.node("Transpose", [x], perm=[0, 2, 3, 1])
    x = b.node("ReduceMean", [x], axes=[1, 2], keepdims=0)
    x = b.node("Add", [b.node("MatMul", [x, b.normal(8, 6)]), b.normal(6)])
    b.save("tf-like", [(b.node("Softmax", [x]), 2)])


def open_size():
    b = Builder(4, opset=13)
    x = b.input([None, 1, None, None])
    x = b.node("PRelu", [b.conv_bn(x, 1, 6, 3, activation=None, auto_pad="SAME_UPPER", strides=[2, 2]), b.normal(6, 1, 1)])
    y = b.conv_bn(x, 6, 6, 3, pads=[1, 1, 1, 1], activation="Tanh")
    y = b.node("Mul", [y, b.node("Sigmoid", [b.conv(b.node("GlobalAveragePool", [y]), 6, 6, 1, bias=True)])])
    x = b.node("Concat", [x, y], axis=1)
    x = b.node("Slice", [x, b.const(np.array([1, 0], np.int64)), b.const(np.array([-1, 2**60], np.int64)), b.const(np.array([2, 3], np.int64))])
    x = b.node("Resize", [x, "", b.const(np.array([1, 1, 2, 2], np.float32))], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    x = b.conv(x, 12, 3, 3, bias=True, pads=[1, 1, 1, 1])
    b.save("open-size", [(x, 4)])


def chopped():
    """A convolution at the very end, and one whose output is read twice and given out."""
    b = Builder(5)
    x = b.input([None, 2, 9, 9])
    x = b.conv(x, 2, 4, 3, bias=True, pads=[1, 1, 1, 1])
    y = b.norm(b.conv(x, 4, 4, 3, pads=[1, 1, 1, 1]), 4)
    z = b.conv(b.node("Add", [x, y]), 4, 2, 3, pads=[1, 1, 1, 1])
    b.save("chopped", [(z, 4), (x, 4)])


def opaque():
    """An operator that nobody knows beside ones with graphs inside that read a value from outside."""
    b = Builder(6)
    x = b.conv_bn(b.input([None, 3, 8, 8]), 3, 4, 3, pads=[1, 1, 1, 1])
    mean = b.node("ReduceMean", [x], keepdims=0)
    condition = b.node("Greater", [mean, b.const(np.float32(0.1))])
    then = helper.make_graph([helper.make_node("Neg", [x], ["t"])], "then", [], [helper.make_tensor_value_info("t", F, [None] * 4)])
    other = helper.make_graph([helper.make_node("Identity", [x], ["e"])], "else", [], [helper.make_tensor_value_info("e", F, [None] * 4)])
    x = b.node("If", [condition], then_branch=then, else_branch=other)
    x = b.node("Transpose", [x], perm=[0, 2, 3, 1])
    x = b.node("LRN", [b.node("Transpose", [x], perm=[0, 3, 1, 2])], size=3)
    x = b.conv_bn(x, 4, 5, 3, pads=[1, 1, 1, 1])
    b.save("opaque", [(x, 4)])


def shared():
    """One weight in two convolutions, weights in Constant nodes and behind an Identity, and one half precision."""
    b = Builder(7)
    x = b.input([None, 4, 10, 10])
    kernel = b.normal(4, 4, 3, 3, scale=0.2)
    for _ in range(2):
        x = b.node("Relu", [b.node("Conv", [x, kernel], pads=[1, 1, 1, 1])])
    values = (0.2 * b.random.normal(size=[4, 4, 3, 3])).astype(np.float32)
    constant = b.node("Constant", [], value=numpy_helper.from_array(values))
    x = b.node("Conv", [x, b.node("Identity", [constant])], pads=[1, 1, 1, 1])
    half = b.const((0.2 * b.random.normal(size=[4, 4, 3, 3])).astype(np.float16))
    x = b.norm(b.node("Conv", [x, b.node("Cast", [half], to=F)]), 4)
    b.save("shared", [(x, 4)])


def functions():
    b = Builder(8, opset=20)
    x = b.conv(b.input([None, 4, 8, 8]), 4, 4, 3, bias=True, pads=[1, 1, 1, 1])
    for op, attributes in [("Elu", {"alpha": 0.7}), ("Selu", {}), ("Softplus", {}), ("Softsign", {}), ("Mish", {}), ("Gelu", {}), ("HardSwish", {})]:
        x = b.node(op, [x], **attributes)
    # As exporters say GELU to operator sets that lack it.
    inner = b.node("Erf", [b.node("Div", [x, b.const(np.float32(2**0.5))])])
    one = b.node("Constant", [], value=numpy_helper.from_array(np.array(1, np.float32)))
    x = b.node("Mul", [b.node("Mul", [x, b.node("Add", [inner, one])]), b.const(np.float32(0.5))])
    x = b.node("HardSigmoid", [x], alpha=1 / 6, beta=0.5)
    y = b.node("InstanceNormalization", [x, b.normal(4), b.normal(4)])
    x = b.node("Max", [x, y, b.node("Mean", [x, y])])
    x = b.node("Div", [b.node("Mul", [x, b.normal(4, 1, 1)]), b.const(np.float32(3))])
    x = b.node("Reshape", [x, b.const(np.array([0, 2, 2, 8, 8], np.int64))])
    x = b.node("Reshape", [b.node("Transpose", [x], perm=[0, 2, 1, 3, 4]), b.const(np.array([0, 4, 8, 8], np.int64))])
    x = b.node("Exp", [b.node("Sub", [b.const(np.float32(0.5)), x])])
    x = b.norm(b.conv(x, 4, 3, 3), 3)
    x = b.node("Reshape", [b.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2]), b.const(np.array([-1, 27], np.int64))])
    b.save("functions", [(x, 2)])


def external():
    b = Builder(9)
    x = b.conv_bn(b.input([None, 3, 8, 8]), 3, 8, 3, pads=[1, 1, 1, 1])
    b.save("external", [(b.conv(x, 8, 2, 3, bias=True), 4)], external=True)


def up_conv(b, x, cin, cout, k, bias=True, **attributes):
    kh, kw = (k, k) if isinstance(k, int) else k
    inputs = [x, b.normal(cin, cout, kh, kw, scale=(cin * kh * kw / 4) ** -0.5)]
    return b.node("ConvTranspose", inputs + ([b.normal(cout)] if bias else []), kernel_shape=[kh, kw], **attributes)


def u_net():
    """Goes down three times and up again by transposed convolutions of every usual kind."""
    b = Builder(10)
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    x = b.input(["batch", 3, 24, 32])
    top = b.conv_bn(b.conv_bn(x, 3, 6, 3, pads=[1, 1, 1, 1]), 6, 6, 3, pads=[1, 1, 1, 1])
    half = b.conv_bn(b.node("MaxPool", [top], **pool), 6, 8, 3, pads=[1, 1, 1, 1])
    quarter = b.conv_bn(b.node("MaxPool", [half], **pool), 8, 10, 3, pads=[1, 1, 1, 1])
    x = b.conv_bn(b.node("MaxPool", [quarter], **pool), 10, 12, 3, pads=[1, 1, 1, 1])
    x = b.node("Concat", [up_conv(b, x, 12, 10, 2, strides=[2, 2]), quarter], axis=1)
    x = b.conv_bn(x, 20, 10, 3, pads=[1, 1, 1, 1])
    x = up_conv(b, x, 10, 8, 3, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    x = b.conv_bn(b.node("Concat", [x, half], axis=1), 16, 8, 3, pads=[1, 1, 1, 1])
    x = b.node("Relu", [b.norm(up_conv(b, x, 8, 6, 4, bias=False, strides=[2, 2], pads=[1, 1, 1, 1]), 6)])
    x = b.conv_bn(b.node("Concat", [x, top], axis=1), 12, 6, 3, pads=[1, 1, 1, 1])
    b.save("u-net", [(b.conv(x, 6, 2, 1, bias=True), 4)])


def transposed():
    """Every way to say how large a transposed convolution's output is."""
    b = Builder(11)
    x = b.input([None, 3, 7, 6])
    x = b.conv_bn(x, 3, 4, 3, pads=[1, 1, 1, 1])
    x = up_conv(b, x, 4, 5, (3, 2), strides=[2, 2], pads=[0, 1, 1, 0], output_padding=[1, 0])
    x = up_conv(b, b.node("Sigmoid", [x]), 5, 4, 3, strides=[2, 1], auto_pad="SAME_LOWER")
    x = up_conv(b, b.node("Tanh", [x]), 4, 4, (2, 3), bias=False, dilations=[2, 1], auto_pad="VALID")
    x = up_conv(b, b.node("Tanh", [x]), 4, 3, 3, strides=[1, 2], output_shape=[33, 27])
    x = up_conv(b, b.node("Tanh", [x]), 3, 3, 1, strides=[2, 3], output_padding=[1, 2])
    b.save("transposed", [(b.conv(x, 3, 3, 3, bias=True), 4)])


def ints(b, *values):
    return b.const(np.array(values, np.int64))


def shuffle_net():
    """Halves of the channels, one of them through convolutions, and all of them mixed, as PyTorch's exporters have it."""
    b = Builder(12, opset=18)
    x = b.conv_bn(b.input(["batch", 3, 24, 24]), 3, 8, 3, strides=[2, 2], pads=[1, 1, 1, 1])

    def unit(x, left, cin, stride):
        y = b.conv_bn(x, cin, 8, 1)
        y = b.conv_bn(y, 8, 8, 3, activation=None, group=8, strides=[stride, stride], pads=[1, 1, 1, 1])
        y = b.node("Concat", [left, b.conv_bn(y, 8, 8, 1)], axis=1)
        size = 24 // 4
        y = b.node("Reshape", [y, ints(b, -1, 2, 8, size, size)])
        return b.node("Reshape", [b.node("Transpose", [y], perm=[0, 2, 1, 3, 4]), ints(b, -1, 16, size, size)])

    left = b.conv_bn(x, 8, 8, 3, activation=None, group=8, strides=[2, 2], pads=[1, 1, 1, 1])
    x = unit(x, b.conv_bn(left, 8, 8, 1), 8, 2)
    left, right = b.node("Split", [x], outputs=2, axis=1, num_outputs=2)
    x = unit(right, left, 8, 1)
    left = b.node("Slice", [x, ints(b, 0), ints(b, 8), ints(b, 1)])
    right = b.node("Slice", [x, ints(b, 8), ints(b, 16), ints(b, 1)])
    x = b.conv_bn(unit(right, left, 8, 1), 16, 10, 3, pads=[1, 1, 1, 1])
    x = b.node("ReduceMean", [x, ints(b, 2, 3)], keepdims=0)
    b.save("shuffle-net", [(b.node("Gemm", [x, b.normal(5, 10), b.normal(5)], transB=1), 2)])


def inception():
    """Colours scaled one by one, towers of many kernels, a list of one, every second pixel."""
    b = Builder(13)
    x = b.input(["batch", 3, 30, 28])
    colours = []
    for i, (scale, offset) in enumerate([(0.458, -0.03), (0.448, -0.088), (0.45, -0.188)]):
        one = b.node("Unsqueeze", [b.node("Gather", [x, b.const(np.array(i, np.int64))], axis=1), ints(b, 1)])
        one = b.node("Mul", [one, b.const(np.float32(scale))])
        colours.append(b.node("Add", [one, b.const(np.float32(offset))]))
    x = b.conv_bn(b.node("Concat", colours, axis=1), 3, 8, 3, strides=[2, 2])
    x = b.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    x = b.node("Concat", [x], axis=1)
    half = b.conv_bn(x, 8, 4, 1)
    mean = b.node("AveragePool", [x], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1], count_include_pad=1)
    towers = [
        b.conv_bn(x, 8, 4, 1),
        b.conv_bn(half, 4, 6, 3, pads=[1, 1, 1, 1]),
        b.conv_bn(half, 4, 5, 5, pads=[2, 2, 2, 2]),
        b.conv_bn(b.conv_bn(half, 4, 4, (1, 7), pads=[0, 3, 0, 3]), 4, 5, (7, 1), pads=[3, 0, 3, 0]),
        b.conv_bn(mean, 8, 4, 1),
    ]
    x = b.node("Concat", towers, axis=1)
    x = b.node("Gather", [x, ints(b, 3, 1, 2, 20, 21, 22, 23)], axis=1)
    quarters = [b.node("Slice", [x, ints(b, i, j), ints(b, 7, 7), ints(b, 2, -1), ints(b, 2, 2)]) for j in (0, 1) for i in (0, 1)]
    corners = [b.node("Slice", [q, ints(b, 0, 0), ints(b, 3, 3), ints(b, 2, 3)]) for q in quarters]
    x = b.conv_bn(b.node("Concat", corners, axis=1), 28, 6, 3)
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x])], axis=1)
    b.save("inception", [(b.node("Gemm", [x, b.normal(5, 6), b.normal(5)], transB=1), 2)])


def detector():
    """Two grids of boxes in one list, which is split into distances and classes."""
    b = Builder(14, opset=17)
    silu = lambda x: b.node("Mul", [x, b.node("Sigmoid", [x])])
    x = silu(b.conv_bn(b.input(["batch", 3, 32, 24]), 3, 8, 3, activation=None, strides=[2, 2], pads=[1, 1, 1, 1]))
    left, right = b.node("Split", [x, ints(b, 4, 4)], outputs=2, axis=1)
    inner = b.node("Add", [right, silu(b.conv_bn(right, 4, 4, 3, activation=None, pads=[1, 1, 1, 1]))])
    fine = b.node("Concat", [left, right, inner], axis=1)
    coarse = silu(b.conv_bn(fine, 12, 8, 3, activation=None, strides=[2, 2], pads=[1, 1, 1, 1]))
    up = b.node("Resize", [coarse, "", b.const(np.array([1, 1, 2, 2], np.float32))], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    heads = []
    for value, channels in [(b.node("Concat", [up, fine], axis=1), 20), (coarse, 8)]:
        boxes = b.conv(value, channels, 19, 3, bias=True, pads=[1, 1, 1, 1])
        heads.append(b.node("Reshape", [boxes, ints(b, 0, 19, -1)]))
    distances, classes = b.node("Split", [b.node("Concat", heads, axis=2), ints(b, 16, 3)], outputs=2, axis=1)
    count = 16 * 12 + 8 * 6
    x = b.node("Transpose", [b.node("Reshape", [distances, ints(b, 0, 4, 4, count)])], perm=[0, 2, 1, 3])
    x = b.node("Conv", [b.node("Softmax", [x], axis=1), b.const(np.arange(4, dtype=np.float32).reshape(1, 4, 1, 1))])
    x = b.node("Reshape", [x, ints(b, 0, 4, count)])
    near = b.node("Slice", [x, ints(b, 0), ints(b, 2), ints(b, 1)])
    far = b.node("Slice", [x, ints(b, 2), ints(b, 4), ints(b, 1)])
    low = b.node("Sub", [b.const(np.float32(1)), near])
    middle = b.node("Div", [b.node("Add", [low, b.node("Add", [far, low])]), b.const(np.float32(2))])
    x = b.node("Concat", [middle, b.node("Sub", [far, low]), b.node("Sigmoid", [classes])], axis=1)
    b.save("detector", [(x, 3)])


def pixels():
    """Pixels as channels and back in both orders, and a group norm as PyTorch's exporter has it."""
    b = Builder(15)
    x = b.conv_bn(b.node("SpaceToDepth", [b.input(["batch", 3, 16, 12])], blocksize=2), 12, 8, 3, pads=[1, 1, 1, 1])
    y = b.node("InstanceNormalization", [b.node("Reshape", [x, ints(b, 0, 4, -1)]), b.const(np.ones(4, np.float32)), b.const(np.zeros(4, np.float32))])
    y = b.node("Reshape", [y, ints(b, 0, 8, 8, 6)])
    x = b.node("Relu", [b.node("Add", [b.node("Mul", [y, b.normal(8, 1, 1)]), b.normal(8, 1, 1)])])
    x = b.conv_bn(b.node("DepthToSpace", [x], blocksize=2, mode="CRD"), 2, 8, 3, pads=[1, 1, 1, 1])
    gate = b.node("Sigmoid", [b.conv(b.node("GlobalAveragePool", [x]), 8, 8, 1, bias=True)])
    x = b.node("Mul", [x, b.node("Expand", [gate, b.node("Shape", [x])])])
    x = b.node("DepthToSpace", [b.conv(x, 8, 12, 3, pads=[1, 1, 1, 1])], blocksize=2)
    b.save("pixels", [(x, 4)])


def corners():
    """Images made larger with their corners where they are, and with pixels' centres at half a pixel."""
    b = Builder(16)
    x = b.conv_bn(b.input(["batch", 3, 7, 6]), 3, 6, 3, pads=[1, 1, 1, 1])
    x = b.node("Resize", [x, "", b.const(np.array([1, 1, 2, 3], np.float32))], mode="linear", coordinate_transformation_mode="align_corners")
    x = b.conv_bn(x, 6, 5, 3, activation="Tanh", strides=[2, 2])
    x = b.node("Resize", [x, "", b.const(np.array([1, 1, 2, 2], np.float32))], mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    b.save("corners", [(b.conv(x, 5, 2, 3, bias=True), 4)])


def bytes_in():
    """Pixels as bytes, which a Cast makes numbers; then what passes them on: Identity, Dropout, Transpose."""
    b = Builder(17)
    x = b.node("Cast", [b.input(["batch", 16, 12, 3], kind=TensorProto.UINT8)], to=F)
    x = b.node("Div", [x, b.const(np.float32(128))])
    x = b.node("Identity", [b.node("Transpose", [x], perm=[0, 3, 1, 2])])
    y = b.norm(b.conv(b.node("Dropout", [x]), 3, 6, 3, pads=[1, 1, 1, 1]), 6)
    y = b.conv(b.node("Identity", [b.node("Relu", [y])]), 6, 6, 3, pads=[1, 1, 1, 1])
    b.save("bytes-in", [(b.conv_bn(y, 6, 4, 3, activation="Tanh", strides=[2, 2]), 4)])


def bytes_next():
    """A convolution right behind the Cast of the network's input."""
    b = Builder(18)
    x = b.node("Cast", [b.input(["batch", 3, 12, 12], kind=TensorProto.UINT8)], to=F)
    b.save("bytes-next", [(b.conv_bn(x, 3, 6, 3, pads=[1, 1, 1, 1], scale=0.01), 4)])


def quantised():
    """Bytes by way of QuantizeLinear, then convolutions in numbers."""
    b = Builder(19)
    ends = [b.const(np.float32(0.05)), b.const(np.uint8(128))]
    x = b.node("DequantizeLinear", [b.node("QuantizeLinear", [b.input(["batch", 3, 12, 12])] + ends)] + ends)
    x = b.conv_bn(x, 3, 6, 3, pads=[1, 1, 1, 1])
    x = b.node("DequantizeLinear", [b.node("QuantizeLinear", [x] + ends)] + ends)
    b.save("quantised", [(b.conv(x, 6, 4, 3, bias=True), 4)])


def halves():
    """Half precision between Casts, its ends in single precision, as converters that keep the types of inputs leave it."""
    b = Builder(20)
    x = b.conv_bn(b.input(["batch", 3, 12, 12]), 3, 6, 3, pads=[1, 1, 1, 1])
    b.kind = np.float16
    x = b.node("Cast", [x], to=TensorProto.FLOAT16)
    x = b.conv_bn(x, 6, 6, 3, pads=[1, 1, 1, 1])
    x = b.conv(x, 6, 6, 3, bias=True, pads=[1, 1, 1, 1])
    x = b.node("Cast", [x], to=F)
    b.kind = np.float32
    x = b.norm(x, 6)
    b.save("halves", [(b.conv_bn(x, 6, 4, 3, strides=[2, 2]), 4)])


for make in [torch_like, old, tf_like, open_size, chopped, opaque, shared, functions, external, u_net, transposed, shuffle_net, inception, detector, pixels, corners, bytes_in, bytes_next, quantised, halves]:
    make()
print(json.dumps(names))
