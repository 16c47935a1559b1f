// Convolutions over parts of images. Included once for each instruction set, behind lanes.h. Images are NHWC.
//
// Filters are computed kBlock at a time, whatever else is summed over: a tile of the result stays in registers while its
// sums are taken, two vectors for each position (or each channel of the input).

constexpr int64_t kBlock = 2 * kLanes;

// Rows of a tile: as many as leave registers for a row of the kernel and a number of the image.
constexpr int kTile = 6;

// So many channels of the input at a time: their part of the kernel then stays in the first level of cache.
constexpr int64_t kDepth = 32;

inline Lanes Spread(float value) { return Lanes{value, value, value, value, value, value, value, value}; }

// The two vectors of one row of a tile.
struct Pair {
  Lanes low, high;
};

inline Pair LoadPair(const float* from) { return {Load(from), Load(from + kLanes)}; }

inline void StorePair(float* to, const Pair& pair) {
  Store(to, pair.low);
  Store(to + kLanes, pair.high);
}

template <class T>
inline void Widen(const T* from, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) Store(to + i, Load(from + i));
  for (; i < count; i++) to[i] = Load1(from + i);
}

// Where a part's convolution reads: distances from a position's first number to each element of the kernel.
struct Taps {
  const int64_t* at;
  int64_t count;
};

// Channels that sums are taken over; whether there are sums of others already, and whether these are the last.
struct Depth {
  int64_t first, count;
  bool more, done;
};

// Takes the sums of R positions.
// @param x each position's first number @param kernel [tap][channels][kBlock] @param y rows `apart` of each other
template <int R, class T>
inline void ConvolveTile(const float* const* x, const Taps& taps, const Depth& depth, int64_t channels,
                         const float* kernel, float* sums, T* y, int64_t apart) {
  Pair sum[R] = {};
  if (depth.more) {
    for (int r = 0; r < R; r++) sum[r] = LoadPair(sums + r * kBlock);
  }
  for (int64_t t = 0; t < taps.count; t++) {
    const float* from[R];
    for (int r = 0; r < R; r++) from[r] = x[r] + taps.at[t] + depth.first;
    const float* weights = kernel + (t * channels + depth.first) * kBlock;
    for (int64_t c = 0; c < depth.count; c++) {
      const Pair weight = LoadPair(weights + c * kBlock);
      for (int r = 0; r < R; r++) {
        const Lanes value = Spread(from[r][c]);
        sum[r].low += value * weight.low;
        sum[r].high += value * weight.high;
      }
    }
  }
  for (int r = 0; r < R; r++) {
    if (depth.done) {
      Store(y + r * apart, sum[r].low);
      Store(y + r * apart + kLanes, sum[r].high);
    } else {
      StorePair(sums + r * kBlock, sum[r]);
    }
  }
}

// Rows [begin, end) of the image that a result's rows are computed from, with the zeros around it.
template <class T>
void Pad(const T* x, const Geometry& g, int64_t begin, int64_t height, int64_t width, float* padded) {
  const int64_t left = std::min(g.before[1], width), right = std::max(left, std::min(width, g.before[1] + g.in[1]));
  for (int64_t h = 0; h < height; h++, padded += width * g.channels) {
    const int64_t row = begin + h - g.before[0];
    const bool inside = row >= 0 && row < g.in[0];
    const int64_t from = (inside ? left : width) * g.channels, to = (inside ? right : width) * g.channels;
    std::fill(padded, padded + from, 0.0f);
    if (inside) Widen(x + row * g.in[1] * g.channels, to - from, padded + from);
    std::fill(padded + to, padded + width * g.channels, 0.0f);
  }
}

// What one thread works in, kept from part to part.
struct Scratch {
  std::vector<float> padded, sums;
  std::vector<const float*> from;
  std::vector<int64_t> taps;
};

// Rows [begin, end) of one image's result. @param packed the kernel as [filters / kBlock][tap][channels][kBlock]
template <class T>
void Convolve(const T* x, const float* packed, const Geometry& g, int64_t begin, int64_t end, T* y) {
  static thread_local Scratch* const scratch = new Scratch;  // as long as the thread lives
  auto& [padded, sums, from, distances] = *scratch;
  const int64_t height = (end - begin - 1) * g.stride[0] + g.kernel[0];
  const int64_t width = (g.out[1] - 1) * g.stride[1] + g.kernel[1];
  padded.resize(static_cast<size_t>(height * width * g.channels));
  Pad(x, g, begin * g.stride[0], height, width, padded.data());
  distances.clear();
  for (int64_t i = 0; i < g.kernel[0]; i++) {
    for (int64_t j = 0; j < g.kernel[1]; j++) distances.push_back((i * width + j) * g.channels);
  }
  const Taps taps{distances.data(), static_cast<int64_t>(distances.size())};
  const int64_t positions = (end - begin) * g.out[1];
  from.clear();
  for (int64_t h = 0; h < end - begin; h++) {
    const float* row = padded.data() + h * g.stride[0] * width * g.channels;
    for (int64_t w = 0; w < g.out[1]; w++) from.push_back(row + w * g.stride[1] * g.channels);
  }
  if (g.channels > kDepth) sums.resize(static_cast<size_t>(positions * kBlock));
  for (int64_t f = 0; f < g.filters; f += kBlock) {
    const float* kernel = packed + f * taps.count * g.channels;
    T* to = y + begin * g.out[1] * g.filters + f;
    for (int64_t c = 0; c < g.channels; c += kDepth) {
      const Depth depth{c, std::min(kDepth, g.channels - c), c > 0, c + kDepth >= g.channels};
      int64_t p = 0;
      const auto tile = [&](auto rows) {
        ConvolveTile<decltype(rows)::value>(from.data() + p, taps, depth, g.channels, kernel, sums.data() + p * kBlock,
                                            to + p * g.filters, g.filters);
        p += rows;
      };
      while (p + kTile <= positions) tile(Rows<kTile>{});
      if (p + 4 <= positions) tile(Rows<4>{});
      if (p + 2 <= positions) tile(Rows<2>{});
      if (p < positions) tile(Rows<1>{});
    }
  }
}

// A rectangle of positions: where the image and the result's gradient begin, and how far apart rows and columns are.
struct Window {
  const float *x, *dy;
  int64_t rows, columns;
  int64_t x_row, x_column, dy_row, dy_column;
};

// Adds to the gradient of R channels of one element of the kernel: [R][kBlock].
template <int R>
inline void GradientTile(const Window& window, int64_t channel, float* gradient) {
  Pair sum[R];
  for (int r = 0; r < R; r++) sum[r] = LoadPair(gradient + r * kBlock);
  for (int64_t h = 0; h < window.rows; h++) {
    const float* x = window.x + h * window.x_row + channel;
    const float* dy = window.dy + h * window.dy_row;
    for (int64_t w = 0; w < window.columns; w++, x += window.x_column, dy += window.dy_column) {
      const Pair slope = LoadPair(dy);
      for (int r = 0; r < R; r++) {
        const Lanes value = Spread(x[r]);
        sum[r].low += value * slope.low;
        sum[r].high += value * slope.high;
      }
    }
  }
  for (int r = 0; r < R; r++) StorePair(gradient + r * kBlock, sum[r]);
}

inline int64_t CeilDivide(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

// Positions [begin, end) of the result, along one axis, whose element `tap` of the kernel lies on the image.
inline void Meet(const Geometry& g, int axis, int64_t tap, int64_t* begin, int64_t* end) {
  const int64_t ahead = g.before[axis] - tap;
  *begin = std::max(*begin, CeilDivide(ahead, g.stride[axis]));
  *end = std::min(*end, CeilDivide(g.in[axis] + ahead, g.stride[axis]));
}

// A part of an image in float32: where it lies, or a copy.
inline const float* Widened(const float* from, int64_t, int64_t, int64_t, std::vector<float>*) { return from; }

inline const float* Widened(const Bfloat16* from, int64_t rows, int64_t apart, int64_t count, std::vector<float>* copy) {
  copy->resize(static_cast<size_t>(rows * count));
  for (int64_t i = 0; i < rows; i++) Widen(from + i * apart, count, copy->data() + i * count);
  return copy->data();
}

// Adds to the kernel's gradient, for kBlock filters from `filter` and the rows [begin, end) of one image's result.
// @param gradient [tap][channels][kBlock]
template <class T>
void GradientOfKernel(const T* x, const T* dy, const Geometry& g, int64_t filter, int64_t begin, int64_t end,
                      float* gradient) {
  constexpr bool kCopied = sizeof(T) != sizeof(float);
  const int64_t top = std::max<int64_t>(0, begin * g.stride[0] - g.before[0]);
  const int64_t bottom = std::min(g.in[0], (end - 1) * g.stride[0] - g.before[0] + g.kernel[0]);
  std::vector<float> x_copy, dy_copy;
  const int64_t row = g.in[1] * g.channels;
  const float* image = Widened(x + top * row, std::max<int64_t>(0, bottom - top), row, row, &x_copy);
  const float* slope = Widened(dy + begin * g.out[1] * g.filters + filter, (end - begin) * g.out[1], g.filters, kBlock,
                               &dy_copy);
  const int64_t apart = kCopied ? kBlock : g.filters;
  for (int64_t i = 0; i < g.kernel[0]; i++) {
    int64_t upper = begin, lower = end;
    Meet(g, 0, i, &upper, &lower);
    for (int64_t j = 0; j < g.kernel[1] && upper < lower; j++) {
      int64_t left = 0, right = g.out[1];
      Meet(g, 1, j, &left, &right);
      if (left >= right) continue;
      const int64_t h = upper * g.stride[0] + i - g.before[0] - top, w = left * g.stride[1] + j - g.before[1];
      const Window window{image + h * row + w * g.channels,
                          slope + ((upper - begin) * g.out[1] + left) * apart,
                          lower - upper, right - left,
                          g.stride[0] * row, g.stride[1] * g.channels, g.out[1] * apart, apart};
      float* to = gradient + (i * g.kernel[1] + j) * g.channels * kBlock;
      int64_t c = 0;
      const auto tile = [&](auto rows) {
        GradientTile<decltype(rows)::value>(window, c, to + c * kBlock);
        c += rows;
      };
      while (c + kTile <= g.channels) tile(Rows<kTile>{});
      if (c + 4 <= g.channels) tile(Rows<4>{});
      if (c + 2 <= g.channels) tile(Rows<2>{});
      if (c < g.channels) tile(Rows<1>{});
    }
  }
}
