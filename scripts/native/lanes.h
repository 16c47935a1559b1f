// Eight numbers at a time. Included once for each instruction set, in a namespace of its own: the compiler then turns the
// vectors into that set's instructions. In memory numbers are float32 or bfloat16, in registers float32.

typedef float Lanes __attribute__((vector_size(32)));
typedef float UnalignedLanes __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t Bits __attribute__((vector_size(32)));
typedef uint16_t HalfBits __attribute__((vector_size(16)));
typedef uint16_t UnalignedHalfBits __attribute__((vector_size(16), aligned(2), may_alias));

constexpr int kLanes = 8;

inline Lanes Load(const float* from) { return *reinterpret_cast<const UnalignedLanes*>(from); }

inline Lanes Load(const Bfloat16* from) {
  const HalfBits half = *reinterpret_cast<const UnalignedHalfBits*>(from);
  return reinterpret_cast<Lanes>(__builtin_convertvector(half, Bits) << 16);
}

inline float Load1(const float* from) { return *from; }

inline float Load1(const Bfloat16* from) {
  const uint32_t bits = static_cast<uint32_t>(from->bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void Store(float* to, Lanes value) { *reinterpret_cast<UnalignedLanes*>(to) = value; }

// To the nearest, ties to even; what is not a number stays so, whatever its bits.
inline void Store(Bfloat16* to, Lanes value) {
  const Bits bits = reinterpret_cast<Bits>(value);
  const Bits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Bits number = reinterpret_cast<Bits>(value == value);
  const Bits kept = (rounded & number) | (0x7fc0 & ~number);
  *reinterpret_cast<UnalignedHalfBits*>(to) = __builtin_convertvector(kept, HalfBits);
}

inline void Store1(float* to, float value) { *to = value; }

inline void Store1(Bfloat16* to, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  to->bits = value == value ? static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) : 0x7fc0;
}
