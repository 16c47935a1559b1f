// Prints the rate of float32 multiply-adds that stay in registers, in operations per second, with as many threads as
// the first argument says: the most that any convolution could reach. Build with -O3 -march=native -pthread.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
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

double Seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

// Operations per second of this thread's own processor time, so that others on the machine do not matter.
void Work(double* rate) {
  const double start = Seconds();
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
  const double seconds = Seconds() - start;
  volatile float used = 0;  // or nothing would be computed
  for (const Vector& chain : chains) used = used + chain[0];
  *rate = 2.0 * kRounds * kChains * kLanes / seconds;
}

double Rate(int count) {
  std::vector<double> rates(count);
  std::vector<std::thread> threads;
  for (double& rate : rates) threads.emplace_back(Work, &rate);
  for (std::thread& thread : threads) thread.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
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
