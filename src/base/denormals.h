// Arithmetic without denormal numbers.
#pragma once

#include <cstdint>

namespace dem {

// While it lives, the calling thread's arithmetic takes numbers below 2^-126 for zero. Adam's
// moments of a unit that has died decay into that range, where some processors need a hundred times
// as long for an operation. Every piece of a training step has one, whichever thread runs it, so
// results do not depend on the thread.
class FlushDenormals {
 public:
  FlushDenormals() noexcept : saved_(read()) { write(saved_ | kFlush); }
  ~FlushDenormals() { write(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  using Control = std::uint32_t;
  static constexpr Control kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zero
  static Control read() noexcept {
    return __builtin_ia32_stmxcsr();
  }
  static void write(Control control) noexcept {
    __builtin_ia32_ldmxcsr(control);
  }
#elif defined(__aarch64__)
  using Control = std::uint64_t;
  static constexpr Control kFlush = Control{1} << 24;  // FPCR: flush to zero
  static Control read() noexcept {
    Control control = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void write(Control control) noexcept {
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
  }
#else
  using Control = int;
  static constexpr Control kFlush = 0;
  static Control read() noexcept {
    return 0;
  }
  static void write(Control) noexcept {}
#endif

  Control saved_;
};

}  // namespace dem
