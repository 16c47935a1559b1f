// Three operators for TensorFlow: a convolution and its two gradients, for processors with AVX2 and without AVX-512, where
// TensorFlow's own do half of what the processor can. One group, no dilation; filters (for the gradient by the image: its
// channels) in multiples of 16. Each number is summed in an order that does not depend on the number of threads, so that a
// run can be repeated to the bit.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "call.h"
#include "operators.h"
#include "pool.h"

namespace acnet {
namespace {

// A convolution's sizes. Two numbers are of height and width.
struct Geometry {
  int64_t batch, in[2], channels;
  int64_t kernel[2], filters;
  int64_t out[2], stride[2];
  int64_t before[2];  // zeros above and left of the image
};

template <int R>
using Rows = std::integral_constant<int, R>;

namespace plain {
#include "lanes.h"
#include "convolutions.h"
}
#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "lanes.h"
#include "convolutions.h"
}
#pragma GCC pop_options
#endif

using plain::kBlock;

// Positions of a result that are computed at once: about as many as the second level of cache holds.
constexpr int64_t kPositions = 192;

// The gradient by the kernel is summed in so many parts of the batch, if that keeps a few threads at work.
constexpr int64_t kShares = 16;

struct Attributes {
  int64_t strides[2] = {1, 1}, size[2] = {0, 0};  // the size is the kernel's, for its own gradient
  bool same = false;
};

bool PairOf(TF_OpKernelConstruction* construction, const char* name, int64_t* to, TF_Status* status) {
  int32_t count = 0, total = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &count, &total, status);
  if (TF_GetCode(status) == TF_OK && count != 2) TF_SetStatus(status, TF_INVALID_ARGUMENT, "two numbers are needed");
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrInt64List(construction, name, to, 2, status);
  if (TF_GetCode(status) == TF_OK && std::min(to[0], to[1]) < 1) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "a stride or a size is below 1");
  }
  return TF_GetCode(status) == TF_OK;
}

void* CreateKernel(TF_OpKernelConstruction* construction) {
  auto attributes = std::make_unique<Attributes>();
  TF_Status* status = TF_NewStatus();
  TF_Bool same = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, "same", &same, status);
  const bool read = TF_GetCode(status) == TF_OK && PairOf(construction, "strides", attributes->strides, status) &&
                    PairOf(construction, "size", attributes->size, status);
  if (!read) TF_OpKernelConstruction_Failure(construction, status);
  attributes->same = same != 0;
  TF_DeleteStatus(status);
  return attributes.release();
}

void DeleteKernel(void* kernel) { delete static_cast<Attributes*>(kernel); }

// The sizes of a convolution of an image [N, H, W, C] by a kernel [h, w, C, filters].
Geometry GeometryOf(const Attributes& attributes, const std::vector<int64_t>& image, const std::vector<int64_t>& kernel) {
  Geometry g{image[0], {image[1], image[2]}, image[3], {kernel[0], kernel[1]}, kernel[3], {}, {}, {}};
  for (int i = 0; i < 2; i++) {
    g.stride[i] = attributes.strides[i];
    if (attributes.same) {
      g.out[i] = (g.in[i] + g.stride[i] - 1) / g.stride[i];
      g.before[i] = std::max<int64_t>(0, (g.out[i] - 1) * g.stride[i] + g.kernel[i] - g.in[i]) / 2;
    } else {
      g.out[i] = g.in[i] < g.kernel[i] ? 0 : (g.in[i] - g.kernel[i]) / g.stride[i] + 1;
      g.before[i] = 0;
    }
  }
  return g;
}

bool Check(Call* call, bool holds) {
  if (call->ok() && !holds) call->Fail("images and kernel of a convolution do not fit");
  return call->ok();
}

// Rows of a result, of all images of the batch, in parts.
struct RowParts {
  explicit RowParts(const Geometry& g)
      : step(std::max<int64_t>(1, kPositions / std::max<int64_t>(1, g.out[1]))),
        each((g.out[0] + step - 1) / step),
        rows(g.out[0]),
        count(each * g.batch) {}

  int64_t Image(int64_t part) const { return part / each; }
  int64_t Begin(int64_t part) const { return part % each * step; }
  int64_t End(int64_t part) const { return std::min(rows, Begin(part) + step); }

  const int64_t step, each, rows, count;
};

template <class T>
void ConvolveAll(const T* x, const std::vector<float>& packed, const Geometry& g, T* y) {
  const RowParts parts(g);
  Pool::Get().Run(parts.count, [&](int64_t part) {
    const int64_t image = parts.Image(part);
    ACNET_CALL(Convolve, x + image * g.in[0] * g.in[1] * g.channels, packed.data(), g, parts.Begin(part),
               parts.End(part), y + image * g.out[0] * g.out[1] * g.filters);
  });
}

// The kernel as Convolve reads it; element(tap, channel, filter) is its index.
template <class T, class Element>
std::vector<float> Packed(const T* kernel, int64_t taps, int64_t channels, int64_t filters, const Element& element) {
  std::vector<float> packed(static_cast<size_t>(taps * channels * filters));
  float* to = packed.data();
  for (int64_t f = 0; f < filters; f += kBlock) {
    for (int64_t t = 0; t < taps; t++) {
      for (int64_t c = 0; c < channels; c++) {
        for (int64_t i = 0; i < kBlock; i++) *to++ = plain::Load1(kernel + element(t, c, f + i));
      }
    }
  }
  return packed;
}

// x, kernel → y
template <class T>
void ComputeConvolution(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *image = call.Input(0), *weights = call.Input(1);
  const std::vector<int64_t> dims = call.DimsOf(image), size = call.DimsOf(weights);
  if (!Check(&call, dims.size() == 4 && size.size() == 4 && dims[3] == size[2] && size[3] % kBlock == 0)) return;
  const Geometry g = GeometryOf(*static_cast<Attributes*>(kernel), dims, size);
  T* y = call.Output<T>(0, {g.batch, g.out[0], g.out[1], g.filters}, {});
  const T *x = call.Data<const T>(image), *k = call.Data<const T>(weights);
  if (!call.ok()) return;
  const auto element = [&](int64_t t, int64_t c, int64_t f) { return (t * g.channels + c) * g.filters + f; };
  ConvolveAll(x, Packed(k, g.kernel[0] * g.kernel[1], g.channels, g.filters, element), g, y);
}

// kernel, dy → dx, where strides are 1: a convolution of dy by the kernel turned round.
template <class T>
void ComputeGradientOfImage(void* kernel, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *weights = call.Input(0), *slope = call.Input(1);
  const std::vector<int64_t> size = call.DimsOf(weights), dims = call.DimsOf(slope);
  if (!Check(&call, dims.size() == 4 && size.size() == 4 && dims[3] == size[3] && size[2] % kBlock == 0)) return;
  if (!Check(&call, attributes.strides[0] == 1 && attributes.strides[1] == 1)) return;
  Geometry g{dims[0], {dims[1], dims[2]}, dims[3], {size[0], size[1]}, size[2], {}, {1, 1}, {}};
  for (int i = 0; i < 2; i++) {
    g.out[i] = attributes.same ? g.in[i] : g.in[i] + g.kernel[i] - 1;
    g.before[i] = g.kernel[i] - 1 - (attributes.same ? (g.kernel[i] - 1) / 2 : 0);
  }
  T* dx = call.Output<T>(0, {g.batch, g.out[0], g.out[1], g.filters}, {});
  const T *k = call.Data<const T>(weights), *dy = call.Data<const T>(slope);
  if (!call.ok()) return;
  const int64_t taps = g.kernel[0] * g.kernel[1];
  const auto element = [&](int64_t t, int64_t c, int64_t f) {
    return ((taps - 1 - t) * g.filters + f) * g.channels + c;
  };
  ConvolveAll(dy, Packed(k, taps, g.channels, g.filters, element), g, dx);
}

// x, dy → dkernel
template <class T>
void ComputeGradientOfKernel(void* kernel, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *image = call.Input(0), *slope = call.Input(1);
  const std::vector<int64_t> dims = call.DimsOf(image), slopes = call.DimsOf(slope);
  if (!Check(&call, dims.size() == 4 && slopes.size() == 4 && slopes[3] % kBlock == 0)) return;
  const std::vector<int64_t> size{attributes.size[0], attributes.size[1], dims[3], slopes[3]};
  const Geometry g = GeometryOf(attributes, dims, size);
  if (!Check(&call, slopes[0] == g.batch && slopes[1] == g.out[0] && slopes[2] == g.out[1])) return;
  T* gradient = call.Output<T>(0, size, {});
  const T *x = call.Data<const T>(image), *dy = call.Data<const T>(slope);
  if (!call.ok()) return;
  const RowParts parts(g);
  const int64_t blocks = g.filters / kBlock, rows = size[0] * size[1] * size[2];
  const int64_t shares = std::min(std::max<int64_t>(1, parts.count), std::max<int64_t>(1, kShares / blocks));
  std::vector<float> found(static_cast<size_t>(blocks * shares * rows * kBlock), 0.0f);
  Pool::Get().Run(blocks * shares, [&](int64_t task) {
    const int64_t block = task % blocks, share = task / blocks;
    float* to = found.data() + task * rows * kBlock;
    for (int64_t part = parts.count * share / shares; part < parts.count * (share + 1) / shares; part++) {
      const int64_t n = parts.Image(part);
      ACNET_CALL(GradientOfKernel, x + n * g.in[0] * g.in[1] * g.channels, dy + n * g.out[0] * g.out[1] * g.filters, g,
                 block * kBlock, parts.Begin(part), parts.End(part), to);
    }
  });
  for (int64_t block = 0; block < blocks; block++) {
    for (int64_t row = 0; row < rows; row++) {
      for (int64_t i = 0; i < kBlock; i++) {
        double sum = 0;
        for (int64_t share = 0; share < shares; share++) sum += found[((share * blocks + block) * rows + row) * kBlock + i];
        plain::Store1(gradient + row * g.filters + block * kBlock + i, static_cast<float>(sum));
      }
    }
  }
}

bool RegisterOperator(const char* name, const char* first, const char* second, const char* result, TF_Status* status) {
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* attribute : {"T: {float, bfloat16}", "strides: list(int)", "size: list(int)", "same: bool"}) {
    TF_OpDefinitionBuilderAddAttr(op, attribute);
  }
  TF_OpDefinitionBuilderAddInput(op, first);
  TF_OpDefinitionBuilderAddInput(op, second);
  TF_OpDefinitionBuilderAddOutput(op, result);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, [](TF_ShapeInferenceContext* context, TF_Status* at) {
    TF_ShapeInferenceContextSetUnknownShape(context, at);
  });
  return Register(op, status);
}

bool RegisterKernels(const char* op, Compute of_float, Compute of_bfloat16, TF_Status* status) {
  return RegisterKernel(op, TF_FLOAT, CreateKernel, of_float, DeleteKernel, status) &&
         RegisterKernel(op, TF_BFLOAT16, CreateKernel, of_bfloat16, DeleteKernel, status);
}

}  // namespace

bool RegisterConvolutions(TF_Status* status) {
  return RegisterOperator("AcnetConvolution", "x: T", "kernel: T", "y: T", status) &&
         RegisterOperator("AcnetConvolutionImageGrad", "kernel: T", "dy: T", "dx: T", status) &&
         RegisterOperator("AcnetConvolutionKernelGrad", "x: T", "dy: T", "dkernel: T", status) &&
         RegisterKernels("AcnetConvolution", ComputeConvolution<float>, ComputeConvolution<Bfloat16>, status) &&
         RegisterKernels("AcnetConvolutionImageGrad", ComputeGradientOfImage<float>, ComputeGradientOfImage<Bfloat16>,
                         status) &&
         RegisterKernels("AcnetConvolutionKernelGrad", ComputeGradientOfKernel<float>,
                         ComputeGradientOfKernel<Bfloat16>, status);
}

bool ConvolutionsPay() {
#if defined(__x86_64__)
  return HasAvx2() && !__builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

}  // namespace acnet
