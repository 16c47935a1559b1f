// What the operators of kernels.cc and convolutions.cc share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace acnet {

struct Bfloat16 {
  uint16_t bits;
};

#if defined(__x86_64__)
inline bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}
// Calls the function of the best instruction set that this processor has.
#define ACNET_CALL(name, ...) (HasAvx2() ? avx2::name(__VA_ARGS__) : plain::name(__VA_ARGS__))
#else
#define ACNET_CALL(name, ...) plain::name(__VA_ARGS__)
#endif

inline bool Register(TF_OpDefinitionBuilder* op, TF_Status* status) {
  TF_RegisterOpDefinition(op, status);
  return TF_GetCode(status) == TF_OK;
}

using Create = void* (*)(TF_OpKernelConstruction*);
using Compute = void (*)(void*, TF_OpKernelContext*);
using Delete = void (*)(void*);

// Registers an operator's kernel for one element type.
inline bool RegisterKernel(const char* op, TF_DataType type, Create create, Compute compute, Delete destroy,
                           TF_Status* status) {
  TF_KernelBuilder* builder = TF_NewKernelBuilder(op, "CPU", create, compute, destroy);
  TF_KernelBuilder_TypeConstraint(builder, "T", type, status);
  if (TF_GetCode(status) == TF_OK) TF_RegisterKernelBuilder(op, builder, status);
  return TF_GetCode(status) == TF_OK;
}

// Registers the three operators of convolutions.cc.
bool RegisterConvolutions(TF_Status* status);

// Whether they are faster than TensorFlow's on this processor.
bool ConvolutionsPay();

}  // namespace acnet
