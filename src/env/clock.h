// The clock, handed in. Nothing else in the house asks what time it is.
#pragma once

#include "base/time_text.h"

namespace crossguard {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() = 0;              // wall clock, UTC
  virtual int64_t MonotonicMicros() = 0;  // for durations only
};

class SystemClock final : public Clock {
 public:
  Instant Now() override;
  int64_t MonotonicMicros() override;
};

// Stands still until it is moved: for tests and for runs that must give the same bytes twice.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant Now() override { return now_; }
  int64_t MonotonicMicros() override { return now_.micros; }
  void Advance(int64_t micros) { now_.micros += micros; }

 private:
  Instant now_;
};

}  // namespace crossguard
