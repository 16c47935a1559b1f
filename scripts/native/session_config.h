// Settings of a session, which tfjs-node's addon has no argument for: scripts/setup/binding.mjs adds it.
#pragma once

#include <node_api.h>

#include "tensorflow/c/c_api.h"

namespace acnet {

// Sets what `value` holds, a serialised tensorflow.ConfigProto in a Uint8Array; nothing where it is undefined.
// False where it is neither, or TensorFlow refuses it: a JavaScript error is pending then.
inline bool SetSessionConfig(napi_env env, napi_value value, TF_SessionOptions* options) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_undefined) return true;
  bool typed = false;
  napi_typedarray_type elements = napi_int8_array;
  size_t length = 0;
  void* bytes = nullptr;
  if (napi_is_typedarray(env, value, &typed) != napi_ok) return false;
  if (typed && napi_get_typedarray_info(env, value, &elements, &length, &bytes, nullptr, nullptr) != napi_ok) return false;
  if (!typed || elements != napi_uint8_array) {
    napi_throw_type_error(env, nullptr, "session options must be a Uint8Array");
    return false;
  }
  TF_Status* status = TF_NewStatus();
  TF_SetConfig(options, bytes, length, status);
  const bool taken = TF_GetCode(status) == TF_OK;
  if (!taken) napi_throw_error(env, nullptr, TF_Message(status));
  TF_DeleteStatus(status);
  return taken;
}

}  // namespace acnet
