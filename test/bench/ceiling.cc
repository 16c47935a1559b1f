// Prints the rate of float32 multiply-adds that stay in registers, in operations per second, with as many threads as
// the first argument says: the most that any convolution could reach. Build with -O3 -march=native -pthread.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

#ifdef __AVX512F__
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
// More of them than a multiply-add takes cycles, twice over; all fit in registers.
constexpr int kChains = 14;
constexpr long kRounds = 20'000'000;

using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

void Work(float* sum) {
  Vector chains[kChains] = {};
  Vector factor = {}, term = {};
  factor += 0.999f;
  term += 1.0f;
  for (int c = 0; c < kChains; c++) chains[c] += static_cast<float>(c);  // equal ones would be computed once
  for (long i = 0; i < kRounds; i++) {
    // Hidden from the compiler, which could otherwise take the loop apart.
    asm volatile("" : "+x"(factor), "+x"(term));
#pragma GCC unroll 14
    for (int c = 0; c < kChains; c++) chains[c] = chains[c] * factor + term;
  }
  for (const Vector& chain : chains) *sum += chain[0];
}

double Rate(int count) {
  std::vector<float> sums(count);
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (float& sum : sums) threads.emplace_back(Work, &sum);
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return 2.0 * count * kRounds * kChains * kLanes / seconds.count();
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1;
  double best = 0;
  for (int i = 0; i < 5; i++) {
    const double rate = Rate(count);
    if (rate > best) best = rate;
  }
  std::printf("%.0f\n", best);
}
