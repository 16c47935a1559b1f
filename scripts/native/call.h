// TensorFlow's C interface for operators, as kernels.cc uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensorflow/c/kernels.h"

namespace acnet {

// One call of an operator: its tensors, given back at the end. After a failure the status says which, and nothing more
// may be asked for.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}

  ~Call() {
    if (!ok()) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }

  bool ok() const { return TF_GetCode(status_) == TF_OK; }

  void Fail(const char* why) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, why); }

  TF_Tensor* Input(int index) {
    TF_Tensor* tensor = nullptr;
    if (ok()) TF_GetInput(context_, index, &tensor, status_);
    return Kept(tensor);
  }

  template <class T>
  T* Data(TF_Tensor* tensor) {
    return ok() ? static_cast<T*>(TF_TensorData(tensor)) : nullptr;
  }

  // A vector of one number per channel. It must have that many.
  const float* Vector(int index, int64_t channels) {
    TF_Tensor* tensor = Input(index);
    if (ok() && TF_TensorElementCount(tensor) != channels) Fail("a vector of a norm does not fit its channels");
    return Data<const float>(tensor);
  }

  // An image like another one.
  template <class T>
  const T* Image(int index, const std::vector<int64_t>& dims) {
    TF_Tensor* tensor = Input(index);
    if (ok() && DimsOf(tensor) != dims) Fail("images that are added have different shapes");
    return Data<const T>(tensor);
  }

  std::vector<int64_t> DimsOf(TF_Tensor* tensor) {
    std::vector<int64_t> dims(ok() ? TF_NumDims(tensor) : 0);
    for (size_t i = 0; i < dims.size(); i++) dims[i] = TF_Dim(tensor, static_cast<int>(i));
    return dims;
  }

  // An output, in the memory of one of these inputs where nothing else needs that.
  template <class T>
  T* Output(int index, const std::vector<int64_t>& dims, std::vector<int> candidates) {
    if (!ok()) return nullptr;
    int taken = -1;
    TF_Tensor* tensor = TF_ForwardInputOrAllocateOutput(context_, candidates.data(),
                                                        static_cast<int>(candidates.size()), index, dims.data(),
                                                        static_cast<int>(dims.size()), &taken, status_);
    return Data<T>(Kept(tensor));
  }

  float* VectorOutput(int index, int64_t channels) {
    if (!ok()) return nullptr;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, &channels, 1,
                                          static_cast<size_t>(channels) * sizeof(float), status_);
    return Data<float>(Kept(tensor));
  }

 private:
  TF_Tensor* Kept(TF_Tensor* tensor) {
    if (tensor != nullptr) tensors_.push_back(tensor);
    return tensor;
  }

  TF_OpKernelContext* const context_;
  TF_Status* const status_;
  std::vector<TF_Tensor*> tensors_;
};

}  // namespace acnet
