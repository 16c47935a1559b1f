// A Node addon without exports, loaded before tfjs_binding.node. Initialisers of libtensorflow_framework.so.2 print
// notes on oneDNN to standard error before any setting is read, so the library is loaded here with standard error
// turned to memory, known notes are dropped and the rest is passed on. After that its log threshold is raised, for
// the initialisers of libtensorflow_cc.so.2 and for what its kernels say.
#include <dlfcn.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sstream>
#include <string>

#if defined(__x86_64__)
// As glibc before 2.34 has them, in libdl: what is built on a newer system then runs on an older one.
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
#endif

namespace {

constexpr int kFatal = 3;  // absl::LogSeverityAtLeast::kFatal: errors come back as a call's status, too

// The library's namespace carries a release date. Where the name is another one, later notes are printed and nothing
// else changes.
constexpr const char* kSetMinLogLevel =
    "_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE";

bool IsKnownNote(const std::string& line) {
  for (const char* part : {"before absl::InitializeLog()", "oneDNN custom operations are on",
                           "optimized to use available CPU instructions",
                           "rebuild TensorFlow with the appropriate compiler flags"}) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

void PassOn(int memory) {
  std::string text(static_cast<size_t>(lseek(memory, 0, SEEK_END)), '\0');
  if (pread(memory, &text[0], text.size(), 0) < 0) return;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (IsKnownNote(line)) continue;
    line += '\n';
    if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;
  }
}

void* LoadQuietly() {
  const auto load = [] { return dlopen("libtensorflow_framework.so.2", RTLD_LAZY | RTLD_NODELETE); };
#if defined(__x86_64__)
  // TensorFlow ends the process here with a message; that one must be seen.
  if (!__builtin_cpu_supports("avx")) return load();
#endif
  const int memory = memfd_create("acnet-stderr", MFD_CLOEXEC);
  const int saved = dup(STDERR_FILENO);
  if (memory < 0 || saved < 0) return load();
  dup2(memory, STDERR_FILENO);
  void* framework = load();
  dup2(saved, STDERR_FILENO);
  PassOn(memory);
  close(saved);
  close(memory);
  return framework;
}

napi_value Init(napi_env, napi_value exports) {
  void* framework = LoadQuietly();
  if (framework == nullptr) return exports;  // tfjs_binding.node will fail next and say why
  const auto set_min_log_level = reinterpret_cast<void (*)(int)>(dlsym(framework, kSetMinLogLevel));
  if (set_min_log_level != nullptr) set_min_log_level(kFatal);
  return exports;
}

}  // namespace

NAPI_MODULE(acnet_quiet, Init)
