// g++ 11 and newer call this function of a libstdc++ of the same age; with one of our own the addon runs on systems with
// an older one too (Debian 10, RHEL 8, Ubuntu 20.04).
#include <cstdlib>

namespace std {
__attribute__((visibility("hidden"), noreturn)) void __throw_bad_array_new_length() { abort(); }
}  // namespace std
