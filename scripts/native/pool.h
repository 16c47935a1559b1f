// Threads for the operators of kernels.cc.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace acnet {

// A condition variable without the waiting of std::condition_variable, which is a function of recent libstdc++ alone.
class Condition {
 public:
  void Wait(std::mutex& mutex) { pthread_cond_wait(&condition_, mutex.native_handle()); }
  void NotifyAll() { pthread_cond_broadcast(&condition_); }

 private:
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

// Threads that share out the parts of a job; the thread that has the job takes part. As many as TensorFlow has for
// one operator. They wait for work for as long as the process lives.
class Pool {
 public:
  static Pool& Get() {
    static Pool* pool = new Pool;  // never destroyed: its threads may outlive static objects
    return *pool;
  }

  // Calls part(i) for every i below `count`, in any order and on any of the threads; returns once all have returned.
  void Run(int64_t count, const std::function<void(int64_t)>& part) {
    Job job{count, part};
    if (threads_ == 0 || count < 2) return job.Work();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(&job);
    }
    wake_.NotifyAll();
    job.Work();
    const std::lock_guard<std::mutex> lock(mutex_);
    Forget(&job);
    while (job.helpers > 0) done_.Wait(mutex_);
  }

 private:
  struct Job {
    // Does parts until none is left to take.
    void Work() {
      for (int64_t i; (i = next.fetch_add(1)) < count;) part(i);
    }

    const int64_t count;
    const std::function<void(int64_t)>& part;
    std::atomic<int64_t> next{0};
    int helpers = 0;  // threads of the pool that are at it; guarded by the pool's mutex
  };

  Pool() {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    const int count = asked != nullptr && std::atoi(asked) > 0 ? std::atoi(asked) : cores;
    threads_ = std::max(0, count - 1);
    for (int i = 0; i < threads_; i++) std::thread([this] { Serve(); }).detach();
  }

  void Serve() {
    mutex_.lock();
    for (;;) {
      while (jobs_.empty()) wake_.Wait(mutex_);
      Job* job = jobs_.front();
      job->helpers++;
      mutex_.unlock();
      job->Work();
      mutex_.lock();
      Forget(job);  // nothing of it is left to take
      if (--job->helpers == 0) done_.NotifyAll();
    }
  }

  void Forget(Job* job) { jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), job), jobs_.end()); }

  int threads_ = 0;
  std::mutex mutex_;
  Condition wake_, done_;
  std::vector<Job*> jobs_;
};

}  // namespace acnet
