#include "base/parallel.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fork.h"
#include "dem/base/threads.h"

namespace dem::detail {
namespace {

using PieceBody = void (*)(void*, Index);

// True in a thread that is running a piece: a nested call then runs serially.
thread_local bool inside_piece = false;

struct Job {
  PieceBody body;
  void* context;
  Index count;
  std::atomic<Index> next{0};
  std::atomic<bool> failed{false};
  std::mutex error_mutex{};
  Index error_piece = 0;
  std::exception_ptr error{};

  void run() {
    inside_piece = true;
    for (Index piece = next++; piece < count && !failed; piece = next++) {
      try {
        body(context, piece);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error || piece < error_piece) {
          error = std::current_exception();
          error_piece = piece;
        }
        failed = true;
      }
    }
    inside_piece = false;
  }
};

// A job waits for the workers that have joined it, not for those that the system has yet to give a
// processor: where other programs keep the cores busy, the others do the work of the late ones.
// Workers wait some tens of microseconds in a loop, so that the many short pieces of a training
// step find them awake (it yields where there are more threads than processors), and then sleep: a
// waiting team costs no processor time.
constexpr int kSpins = 2000;

class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // The team of this process, made when it is first asked for and never destroyed: threads may
  // still call it, and workers are still there, while static objects are destroyed.
  static Team& of_process() {
    Team* team = present.load();
    if (team != nullptr) return *team;
    auto made = std::make_unique<Team>();
    return present.compare_exchange_strong(team, made.get()) ? *made.release() : *team;
  }

  // In a forked child, where the workers do not exist and locks may be held by other threads that
  // do not exist: the parent's team is kept as it is, for those who look for lost memory, and the
  // child makes its own when it needs one.
  static void leave_behind() noexcept {
    Team* const parents = present.exchange(nullptr);
    if (parents == nullptr) return;
    parents->older_ = left_behind;
    left_behind = parents;
  }

  // False where another thread uses the team.
  bool try_run(Job& job, int threads) {
    const std::unique_lock use(use_, std::try_to_lock);
    if (!use.owns_lock()) return false;
    resize(threads - 1);
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    job.run();
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;
    }
    for (int spin = 0; running_.load() != 0; ++spin) {
      if (spin > kSpins) {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return running_.load() == 0; });
      } else {
        pause();
      }
    }
    return true;
  }

 private:
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
    if (num_threads() > available_threads()) std::this_thread::yield();
  }

  void resize(int count) {
    if (static_cast<int>(workers_.size()) == count) return;
    stop();
    stopping_ = false;
    for (int i = 0; i < count; ++i) {
      workers_.emplace_back([this, seen = generation_.load()] { work(seen); });
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void work(unsigned seen) {
    for (;;) {
      for (int spin = 0; generation_.load() == seen && spin < kSpins; ++spin) pause();
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_.load() != seen; });
        if (stopping_) return;
        seen = generation_.load();
        job = job_;
        if (job == nullptr) continue;
        running_.fetch_add(1);
      }
      job->run();
      if (running_.fetch_sub(1) == 1) {
        const std::lock_guard lock(mutex_);
        done_.notify_one();
      }
    }
  }

  std::mutex use_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::atomic<unsigned> generation_{0};
  std::atomic<int> running_{0};
  bool stopping_ = false;
  Job* job_ = nullptr;
  std::vector<std::thread> workers_;
  Team* older_ = nullptr;  // what a forked process left behind before

  // Changed without a lock: a fork may come at any moment.
  static inline std::atomic<Team*> present{nullptr};
  static inline Team* left_behind = nullptr;
};

const bool registered [[maybe_unused]] = at_fork(nullptr, nullptr, Team::leave_behind);

}  // namespace

void run_pieces(Index count, PieceBody body, void* context) {
  if (count <= 0) return;
  const int threads = num_threads();
  Job job{body, context, count};
  const bool serial = inside_piece || threads == 1 || count == 1;
  if (serial || !Team::of_process().try_run(job, threads)) {
    const bool nested = inside_piece;
    job.run();
    inside_piece = nested;
  }
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace dem::detail
