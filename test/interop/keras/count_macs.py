"""Multiply-accumulates of a model as TensorFlow's own profiler counts them."""

import tensorflow as tf

KERNELS = ("Conv2D", "DepthwiseConv2dNative", "MatMul")


def macs(model):
    """Of its convolutions and matrix products on one sample; TensorFlow counts the product and the sum apart."""
    inputs = [tf.TensorSpec([1, *t.shape[1:]], "float32") for t in model.inputs]
    function = tf.function(lambda *values: model(list(values) if len(values) > 1 else values[0], training=False))
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    graph = function.get_concrete_function(*inputs).graph
    found = tf.compat.v1.profiler.profile(graph, options=options, cmd="op")
    return sum(node.float_ops for node in walk(found) if node.name in KERNELS) // 2


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)
