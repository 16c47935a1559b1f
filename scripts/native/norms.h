// Sums of batch norms over chunks of rows. Included once for each instruction set, behind lanes.h. An image is
// rows × channels here, channels next to each other.

// Sums are taken over so many rows at first, and then over those sums: one after the other, rounding would add up.
constexpr int64_t kRun = 16;

inline Lanes Positive(Lanes value) { return value < 0 ? Lanes{} : value; }

// g where y is above 0, else 0.
inline Lanes Passed(Lanes g, Lanes y) {
  return reinterpret_cast<Lanes>(reinterpret_cast<Bits>(g) & reinterpret_cast<Bits>(y > 0));
}

// Mean and sum of squared deviations of one chunk, of kLanes · B channels from `c`.
template <int B, class T>
inline void MomentsOf(const T* x, int64_t rows, int64_t channels, int64_t c, float* mean, float* squares) {
  Lanes shift[B], sum[B], square[B];
  for (int b = 0; b < B; b++) {
    // Deviations from the first row's number: sums of squares of the numbers themselves would cancel.
    shift[b] = Load(x + c + b * kLanes);
    sum[b] = square[b] = Lanes{};
  }
  for (int64_t begin = 0; begin < rows; begin += kRun) {
    const int64_t end = std::min(begin + kRun, rows);
    Lanes run[B] = {}, run_square[B] = {};
    for (int64_t row = begin; row < end; row++) {
      const T* at = x + row * channels + c;
      for (int b = 0; b < B; b++) {
        const Lanes d = Load(at + b * kLanes) - shift[b];
        run[b] += d;
        run_square[b] += d * d;
      }
    }
    for (int b = 0; b < B; b++) {
      sum[b] += run[b];
      square[b] += run_square[b];
    }
  }
  const float share = 1.0f / static_cast<float>(rows);
  for (int b = 0; b < B; b++) {
    Store(mean + c + b * kLanes, shift[b] + sum[b] * share);
    Store(squares + c + b * kLanes, square[b] - sum[b] * sum[b] * share);
  }
}

template <class T>
void Moments(const T* x, int64_t rows, int64_t channels, float* mean, float* squares) {
  int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) MomentsOf<2>(x, rows, channels, c, mean, squares);
  for (; c + kLanes <= channels; c += kLanes) MomentsOf<1>(x, rows, channels, c, mean, squares);
  for (; c < channels; c++) {
    const float shift = Load1(x + c);
    double sum = 0, square = 0;
    for (int64_t row = 0; row < rows; row++) {
      const float d = Load1(x + row * channels + c) - shift;
      sum += d;
      square += d * d;
    }
    mean[c] = static_cast<float>(shift + sum / static_cast<double>(rows));
    squares[c] = static_cast<float>(square - sum * sum / static_cast<double>(rows));
  }
}

// y = relu(Σ (x_b − mean_b) · scale_b + shift + side) over one chunk. N is the number of norms; 0: `norms` says it.
template <int N, bool kSide, bool kRelu, class T>
void ApplyOf(const T* const* x, const T* side, T* y, int64_t rows, int64_t channels, int norms,
             const float* mean, const float* scale, const float* shift) {
  const int n = N == 0 ? norms : N;
  for (int64_t row = 0; row < rows; row++) {
    const int64_t at = row * channels;
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      Lanes sum = Load(shift + c);
      for (int b = 0; b < n; b++) {
        sum += (Load(x[b] + at + c) - Load(mean + b * channels + c)) * Load(scale + b * channels + c);
      }
      if (kSide) sum += Load(side + at + c);
      Store(y + at + c, kRelu ? Positive(sum) : sum);
    }
    for (; c < channels; c++) {
      float sum = shift[c];
      for (int b = 0; b < n; b++) sum += (Load1(x[b] + at + c) - mean[b * channels + c]) * scale[b * channels + c];
      if (kSide) sum += Load1(side + at + c);
      Store1(y + at + c, kRelu && sum < 0 ? 0 : sum);
    }
  }
}

template <int N, class T>
void ApplyN(const T* const* x, const T* side, T* y, int64_t rows, int64_t channels, int norms, bool relu,
            const float* mean, const float* scale, const float* shift) {
  if (side != nullptr && relu) {
    ApplyOf<N, true, true>(x, side, y, rows, channels, norms, mean, scale, shift);
  } else if (side != nullptr) {
    ApplyOf<N, true, false>(x, side, y, rows, channels, norms, mean, scale, shift);
  } else if (relu) {
    ApplyOf<N, false, true>(x, side, y, rows, channels, norms, mean, scale, shift);
  } else {
    ApplyOf<N, false, false>(x, side, y, rows, channels, norms, mean, scale, shift);
  }
}

template <class T>
void Apply(const T* const* x, const T* side, T* y, int64_t rows, int64_t channels, int norms, bool relu,
           const float* mean, const float* scale, const float* shift) {
  switch (norms) {
    case 1: return ApplyN<1>(x, side, y, rows, channels, norms, relu, mean, scale, shift);
    case 2: return ApplyN<2>(x, side, y, rows, channels, norms, relu, mean, scale, shift);
    case 3: return ApplyN<3>(x, side, y, rows, channels, norms, relu, mean, scale, shift);
    default: return ApplyN<0>(x, side, y, rows, channels, norms, relu, mean, scale, shift);
  }
}

// Σ g and Σ g · (x_b − mean_b) over one chunk, of kLanes · B channels from `c`; g is dy where y lets it pass.
template <int N, int B, bool kRelu, class T>
inline void GradientSumsOf(const T* dy, const T* y, const T* const* x, int64_t rows, int64_t channels, int64_t c,
                           const float* mean, float* sums) {
  Lanes total[B], product[N][B];
  for (int b = 0; b < B; b++) {
    total[b] = Lanes{};
    for (int i = 0; i < N; i++) product[i][b] = Lanes{};
  }
  for (int64_t begin = 0; begin < rows; begin += kRun) {
    const int64_t end = std::min(begin + kRun, rows);
    Lanes run[B] = {}, run_product[N][B] = {};
    for (int64_t row = begin; row < end; row++) {
      const int64_t at = row * channels + c;
      for (int b = 0; b < B; b++) {
        Lanes g = Load(dy + at + b * kLanes);
        if (kRelu) g = Passed(g, Load(y + at + b * kLanes));
        run[b] += g;
        for (int i = 0; i < N; i++) {
          run_product[i][b] += g * (Load(x[i] + at + b * kLanes) - Load(mean + i * channels + c + b * kLanes));
        }
      }
    }
    for (int b = 0; b < B; b++) {
      total[b] += run[b];
      for (int i = 0; i < N; i++) product[i][b] += run_product[i][b];
    }
  }
  for (int b = 0; b < B; b++) {
    Store(sums + c + b * kLanes, total[b]);
    for (int i = 0; i < N; i++) Store(sums + (1 + i) * channels + c + b * kLanes, product[i][b]);
  }
}

template <int N, bool kRelu, class T>
void GradientSumsN(const T* dy, const T* y, const T* const* x, int64_t rows, int64_t channels, const float* mean,
                   float* sums) {
  int64_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    GradientSumsOf<N, 2, kRelu>(dy, y, x, rows, channels, c, mean, sums);
  }
  for (; c + kLanes <= channels; c += kLanes) {
    GradientSumsOf<N, 1, kRelu>(dy, y, x, rows, channels, c, mean, sums);
  }
  for (; c < channels; c++) {
    double total = 0, product[N] = {};
    for (int64_t row = 0; row < rows; row++) {
      const int64_t at = row * channels + c;
      const float g = kRelu && !(Load1(y + at) > 0) ? 0 : Load1(dy + at);
      total += g;
      for (int i = 0; i < N; i++) product[i] += g * (Load1(x[i] + at) - mean[i * channels + c]);
    }
    sums[c] = static_cast<float>(total);
    for (int i = 0; i < N; i++) sums[(1 + i) * channels + c] = static_cast<float>(product[i]);
  }
}

template <bool kRelu, class T>
void GradientSumsBy(const T* dy, const T* y, const T* const* x, int64_t rows, int64_t channels, int norms,
                    const float* mean, float* sums) {
  switch (norms) {
    case 1: return GradientSumsN<1, kRelu>(dy, y, x, rows, channels, mean, sums);
    case 2: return GradientSumsN<2, kRelu>(dy, y, x, rows, channels, mean, sums);
    case 3: return GradientSumsN<3, kRelu>(dy, y, x, rows, channels, mean, sums);
    default:
      // More do not fit into the registers: one after the other, Σ g the same each time but for its place.
      for (int i = norms - 1; i >= 0; i--) {
        float* own = sums + i * channels;
        GradientSumsN<1, kRelu>(dy, y, x + i, rows, channels, mean + i * channels, own);
      }
  }
}

template <class T>
void GradientSums(const T* dy, const T* y, const T* const* x, int64_t rows, int64_t channels, int norms,
                  const float* mean, float* sums) {
  if (y != nullptr) {
    GradientSumsBy<true>(dy, y, x, rows, channels, norms, mean, sums);
  } else {
    GradientSumsBy<false>(dy, y, x, rows, channels, norms, mean, sums);
  }
}

// dx_b = (g − average − (x_b − mean_b) · slope_b) · scale_b, and g itself for the side, over one chunk; the average is
// that of g. A dx may lie where its x does.
template <int N, bool kRelu, bool kSide, class T>
void GradientsOf(const T* dy, const T* y, const T* const* x, T* const* dx, T* side, int64_t rows, int64_t channels,
                 int norms, const float* mean, const float* scale, const float* average, const float* slope) {
  const int n = N == 0 ? norms : N;
  for (int64_t row = 0; row < rows; row++) {
    const int64_t at = row * channels;
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes) {
      Lanes g = Load(dy + at + c);
      if (kRelu) g = Passed(g, Load(y + at + c));
      const Lanes centred = g - Load(average + c);
      for (int b = 0; b < n; b++) {
        const int64_t k = b * channels + c;
        const Lanes pull = (Load(x[b] + at + c) - Load(mean + k)) * Load(slope + k);
        Store(dx[b] + at + c, (centred - pull) * Load(scale + k));
      }
      if (kSide) Store(side + at + c, g);
    }
    for (; c < channels; c++) {
      const float g = kRelu && !(Load1(y + at + c) > 0) ? 0 : Load1(dy + at + c);
      for (int b = 0; b < n; b++) {
        const int64_t k = b * channels + c;
        const float pull = (Load1(x[b] + at + c) - mean[k]) * slope[k];
        Store1(dx[b] + at + c, (g - average[c] - pull) * scale[k]);
      }
      if (kSide) Store1(side + at + c, g);
    }
  }
}

template <int N, class T>
void GradientsN(const T* dy, const T* y, const T* const* x, T* const* dx, T* side, int64_t rows, int64_t channels,
                int norms, const float* mean, const float* scale, const float* average, const float* slope) {
  if (y != nullptr && side != nullptr) {
    GradientsOf<N, true, true>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
  } else if (y != nullptr) {
    GradientsOf<N, true, false>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
  } else {
    GradientsOf<N, false, false>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
  }
}

template <class T>
void Gradients(const T* dy, const T* y, const T* const* x, T* const* dx, T* side, int64_t rows, int64_t channels,
               int norms, const float* mean, const float* scale, const float* average, const float* slope) {
  switch (norms) {
    case 1: return GradientsN<1>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
    case 2: return GradientsN<2>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
    case 3: return GradientsN<3>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
    default: return GradientsN<0>(dy, y, x, dx, side, rows, channels, norms, mean, scale, average, slope);
  }
}
