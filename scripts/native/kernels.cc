// Two operators for TensorFlow, registered when this file is loaded as a Node addon, with those of convolutions.cc: a sum
// of batch norms of the batch's own statistics, with what else is added and the ReLU behind it, and the gradient of all that.
// Apart, these are the steps of a training step that wait for memory: each reads and writes whole images. Together the
// images are read twice and written once. Statistics are joined from parts whose borders do not depend on the number of
// threads, in double precision and in order, so that a run can be repeated to the bit.
#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "call.h"
#include "operators.h"
#include "pool.h"

namespace acnet {
namespace {

namespace plain {
#include "lanes.h"
#include "norms.h"
}
#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "lanes.h"
#include "norms.h"
}
#pragma GCC pop_options
#endif

// How the rows of an image are cut into parts.
struct Parts {
  Parts(int64_t rows, int64_t channels)
      : rows(rows),
        // About 32 KiB of an image: few enough for the second level of cache, and for float32 sums to stay exact enough.
        step(std::min<int64_t>(1024, std::max<int64_t>(32, 8192 / std::max<int64_t>(1, channels)))),
        count((rows + step - 1) / step) {}

  int64_t Begin(int64_t part) const { return part * step; }
  int64_t Size(int64_t part) const { return std::min(step, rows - Begin(part)); }

  const int64_t rows, step, count;
};

// Attributes that the operators share.
struct Attributes {
  std::vector<float> epsilon;  // one per norm
  bool relu = false;
  int sides = 0;  // 1 where something else is added
};

void* CreateKernel(TF_OpKernelConstruction* construction) {
  auto attributes = std::make_unique<Attributes>();
  TF_Status* status = TF_NewStatus();
  int32_t norms = 0, total = 0, sides = 0;
  TF_Bool relu = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, "epsilon", &norms, &total, status);
  if (TF_GetCode(status) == TF_OK) {
    attributes->epsilon.resize(std::max(0, norms));
    TF_OpKernelConstruction_GetAttrFloatList(construction, "epsilon", attributes->epsilon.data(), norms, status);
  }
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrInt32(construction, "sides", &sides, status);
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrBool(construction, "relu", &relu, status);
  if (TF_GetCode(status) == TF_OK && (norms < 1 || sides < 0 || sides > 1)) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "a sum of norms has at least one norm and at most one other summand");
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  attributes->sides = sides;
  attributes->relu = relu != 0;
  TF_DeleteStatus(status);
  return attributes.release();
}

void DeleteKernel(void* kernel) { delete static_cast<Attributes*>(kernel); }

// Rows and channels of an image.
struct Size {
  explicit Size(const std::vector<int64_t>& dims) : channels(dims.back()), rows(1) {
    for (size_t i = 0; i + 1 < dims.size(); i++) rows *= dims[i];
  }
  int64_t channels, rows;
};

// Joins the parts' means and squared deviations (Chan, Golub and LeVeque 1979).
class JoinedMoments {
 public:
  explicit JoinedMoments(int64_t channels) : mean(channels), squares(channels) {}

  void Add(double size, const float* part_mean, const float* part_squares) {
    const double whole = count + size;
    const double share = size / whole, weight = count * share;
    for (size_t c = 0; c < mean.size(); c++) {
      const double d = part_mean[c] - mean[c];
      mean[c] += d * share;
      squares[c] += part_squares[c] + d * d * weight;
    }
    count = whole;
  }

  double count = 0;
  std::vector<double> mean, squares;
};

// x…, side?, γ…, β… → y, means…, unbiased variances…, 1 / √(variance + ε)…
template <class T>
void ComputeSum(void* kernel, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(kernel);
  const int norms = static_cast<int>(attributes.epsilon.size());
  const int sides = attributes.sides;
  Call call(context);
  TF_Tensor* first = call.Input(0);
  const std::vector<int64_t> dims = call.DimsOf(first);
  if (call.ok() && dims.empty()) call.Fail("a norm needs an image");
  if (!call.ok()) return;
  const auto [channels, rows] = Size(dims);
  // The side's memory becomes the sum's, where nothing else needs it; asked for before it is held here.
  T* y = call.Output<T>(0, dims, sides > 0 ? std::vector<int>{norms} : std::vector<int>{});
  std::vector<const T*> x(norms);
  std::vector<const float*> gamma(norms), beta(norms);
  std::vector<float*> mean(norms), variance(norms), inverse(norms);
  for (int b = 0; b < norms; b++) {
    x[b] = call.Image<T>(b, dims);
    gamma[b] = call.Vector(norms + sides + b, channels);
    beta[b] = call.Vector(2 * norms + sides + b, channels);
    mean[b] = call.VectorOutput(1 + b, channels);
    variance[b] = call.VectorOutput(1 + norms + b, channels);
    inverse[b] = call.VectorOutput(1 + 2 * norms + b, channels);
  }
  // One that was taken over is no input any more.
  const T* side = sides == 0 ? nullptr : call.Image<T>(norms, dims);
  if (!call.ok()) return;

  const Parts parts(rows, channels);
  std::vector<float> found(static_cast<size_t>(parts.count * norms * 2 * channels));
  const auto at = [&, channels = channels](int64_t part, int norm) {
    return found.data() + (part * norms + norm) * 2 * channels;
  };
  Pool::Get().Run(parts.count, [&, channels = channels](int64_t part) {
    for (int b = 0; b < norms; b++) {
      const T* from = x[b] + parts.Begin(part) * channels;
      ACNET_CALL(Moments, from, parts.Size(part), channels, at(part, b), at(part, b) + channels);
    }
  });
  std::vector<float> means(norms * channels), scale(norms * channels), shift(channels, 0.0f);
  for (int b = 0; b < norms; b++) {
    JoinedMoments all(channels);
    for (int64_t part = 0; part < parts.count; part++) {
      all.Add(static_cast<double>(parts.Size(part)), at(part, b), at(part, b) + channels);
    }
    for (int64_t c = 0; c < channels; c++) {
      const double biased = rows > 0 ? all.squares[c] / static_cast<double>(rows) : 0;
      mean[b][c] = static_cast<float>(all.mean[c]);
      variance[b][c] = static_cast<float>(all.squares[c] / static_cast<double>(std::max<int64_t>(1, rows - 1)));
      inverse[b][c] = static_cast<float>(1 / std::sqrt(biased + attributes.epsilon[b]));
      means[b * channels + c] = mean[b][c];
      scale[b * channels + c] = gamma[b][c] * inverse[b][c];
      shift[c] += beta[b][c];
    }
  }
  Pool::Get().Run(parts.count, [&, channels = channels](int64_t part) {
    const int64_t from = parts.Begin(part) * channels;
    std::vector<const T*> own(norms);
    for (int b = 0; b < norms; b++) own[b] = x[b] + from;
    ACNET_CALL(Apply, own.data(), side == nullptr ? nullptr : side + from, y + from, parts.Size(part), channels,
               norms, attributes.relu, means.data(), scale.data(), shift.data());
  });
}

// dy, y (where there is a ReLU), x…, γ…, means…, 1 / √(variance + ε)… → dx…, dside?, dγ…, dβ (of all)
template <class T>
void ComputeGradient(void* kernel, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(kernel);
  const int norms = static_cast<int>(attributes.epsilon.size());
  const int at_x = attributes.relu ? 2 : 1;
  const int vectors = at_x + norms;
  Call call(context);
  std::vector<int64_t> dims;
  {
    Call look(context);  // given back before an output may take its memory
    dims = look.DimsOf(look.Input(0));
    if (look.ok() && dims.empty()) look.Fail("a norm needs an image");
    if (!look.ok()) return;
  }
  const auto [channels, rows] = Size(dims);
  // An x is needed for the last time here, as a rule, and so is dy; both are read before they are written over.
  std::vector<T*> dx(norms);
  for (int b = 0; b < norms; b++) dx[b] = call.Output<T>(b, dims, {at_x + b});
  const int sides = attributes.sides;
  T* side = sides == 0 ? nullptr : call.Output<T>(norms, dims, {0});
  const T* dy = call.Image<T>(0, dims);
  const T* y = attributes.relu ? call.Image<T>(1, dims) : nullptr;
  std::vector<const T*> x(norms);
  std::vector<const float*> gamma(norms), mean(norms), inverse(norms);
  std::vector<float*> dgamma(norms);
  for (int b = 0; b < norms; b++) {
    x[b] = call.Image<T>(at_x + b, dims);
    gamma[b] = call.Vector(vectors + b, channels);
    mean[b] = call.Vector(vectors + norms + b, channels);
    inverse[b] = call.Vector(vectors + 2 * norms + b, channels);
    dgamma[b] = call.VectorOutput(norms + sides + b, channels);
  }
  float* dbeta = call.VectorOutput(2 * norms + sides, channels);
  if (!call.ok()) return;

  std::vector<float> means(norms * channels);
  for (int b = 0; b < norms; b++) std::copy(mean[b], mean[b] + channels, means.data() + b * channels);
  const Parts parts(rows, channels);
  const auto own = [&, channels = channels](int64_t part) {
    std::vector<const T*> from(norms);
    for (int b = 0; b < norms; b++) from[b] = x[b] + parts.Begin(part) * channels;
    return from;
  };
  const int64_t width = (1 + norms) * channels;
  std::vector<float> found(static_cast<size_t>(parts.count * width));
  Pool::Get().Run(parts.count, [&, channels = channels](int64_t part) {
    const int64_t from = parts.Begin(part) * channels;
    ACNET_CALL(GradientSums, dy + from, y == nullptr ? nullptr : y + from, own(part).data(), parts.Size(part),
               channels, norms, means.data(), found.data() + part * width);
  });
  std::vector<double> sums(static_cast<size_t>(width), 0.0);
  for (int64_t part = 0; part < parts.count; part++) {
    for (int64_t i = 0; i < width; i++) sums[i] += found[part * width + i];
  }
  std::vector<float> scale(norms * channels), slope(norms * channels), average(channels);
  const double count = static_cast<double>(std::max<int64_t>(1, rows));
  for (int64_t c = 0; c < channels; c++) {
    dbeta[c] = static_cast<float>(sums[c]);
    average[c] = static_cast<float>(sums[c] / count);
  }
  for (int b = 0; b < norms; b++) {
    for (int64_t c = 0; c < channels; c++) {
      const double deviation = inverse[b][c], product = sums[(1 + b) * channels + c];
      dgamma[b][c] = static_cast<float>(product * deviation);
      scale[b * channels + c] = static_cast<float>(gamma[b][c] * deviation);
      slope[b * channels + c] = static_cast<float>(deviation * deviation * product / count);
    }
  }
  Pool::Get().Run(parts.count, [&, channels = channels](int64_t part) {
    const int64_t from = parts.Begin(part) * channels;
    std::vector<T*> to(norms);
    for (int b = 0; b < norms; b++) to[b] = dx[b] + from;
    ACNET_CALL(Gradients, dy + from, y == nullptr ? nullptr : y + from, own(part).data(), to.data(),
               side == nullptr ? nullptr : side + from, parts.Size(part), channels, norms, means.data(),
               scale.data(), average.data(), slope.data());
  });
}

// y is as the first image; everything else is as γ. The context tells no attribute but counts and ranks say enough.
void ShapesOfSum(TF_ShapeInferenceContext* context, TF_Status* status) {
  const int64_t inputs = TF_ShapeInferenceContextNumInputs(context);
  const int norms = static_cast<int>(inputs / 3), sides = static_cast<int>(inputs % 3);
  TF_ShapeHandle* shape = TF_NewShapeHandle();
  TF_ShapeInferenceContextGetInput(context, 0, shape, status);
  if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, 0, shape, status);
  if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextGetInput(context, norms + sides, shape, status);
  for (int i = 1; i <= 3 * norms && TF_GetCode(status) == TF_OK; i++) {
    TF_ShapeInferenceContextSetOutput(context, i, shape, status);
  }
  TF_DeleteShapeHandle(shape);
}

void ShapesOfGradient(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

void AddAttributes(TF_OpDefinitionBuilder* op) {
  for (const char* attribute : {"T: {float, bfloat16}", "n: int >= 1", "sides: int >= 0", "relu: bool", "epsilon: list(float)"}) {
    TF_OpDefinitionBuilderAddAttr(op, attribute);
  }
}

bool RegisterOperators(TF_Status* status) {
  TF_OpDefinitionBuilder* sum = TF_NewOpDefinitionBuilder("AcnetSumOfNorms");
  AddAttributes(sum);
  for (const char* input : {"x: n * T", "side: sides * T", "gamma: n * float", "beta: n * float"}) {
    TF_OpDefinitionBuilderAddInput(sum, input);
  }
  for (const char* output : {"y: T", "mean: n * float", "variance: n * float", "inverse: n * float"}) {
    TF_OpDefinitionBuilderAddOutput(sum, output);
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(sum, ShapesOfSum);
  if (!Register(sum, status)) return false;
  TF_OpDefinitionBuilder* gradient = TF_NewOpDefinitionBuilder("AcnetSumOfNormsGrad");
  AddAttributes(gradient);
  TF_OpDefinitionBuilderAddAttr(gradient, "outputs: int >= 0");
  for (const char* input :
       {"dy: T", "y: outputs * T", "x: n * T", "gamma: n * float", "mean: n * float", "inverse: n * float"}) {
    TF_OpDefinitionBuilderAddInput(gradient, input);
  }
  for (const char* output : {"dx: n * T", "dside: sides * T", "dgamma: n * float", "dbeta: float"}) {
    TF_OpDefinitionBuilderAddOutput(gradient, output);
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(gradient, ShapesOfGradient);
  return Register(gradient, status);
}

bool RegisterKernels(const char* op, Compute of_float, Compute of_bfloat16, TF_Status* status) {
  return RegisterKernel(op, TF_FLOAT, CreateKernel, of_float, DeleteKernel, status) &&
         RegisterKernel(op, TF_BFLOAT16, CreateKernel, of_bfloat16, DeleteKernel, status);
}

// What the addon exports: whether the convolutions are faster than TensorFlow's here.
napi_value Init(napi_env env, napi_value exports) {
  TF_Status* status = TF_NewStatus();
  const bool registered =
      RegisterOperators(status) &&
      RegisterKernels("AcnetSumOfNorms", ComputeSum<float>, ComputeSum<Bfloat16>, status) &&
      RegisterKernels("AcnetSumOfNormsGrad", ComputeGradient<float>, ComputeGradient<Bfloat16>, status) &&
      RegisterConvolutions(status);
  if (!registered) napi_throw_error(env, nullptr, TF_Message(status));
  TF_DeleteStatus(status);
  napi_value pay;
  napi_get_boolean(env, ConvolutionsPay(), &pay);
  napi_set_named_property(env, exports, "convolutionsPay", pay);
  return exports;
}

}  // namespace
}  // namespace acnet

NAPI_MODULE(acnet_kernels, acnet::Init)
