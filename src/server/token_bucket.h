// How often somebody may ask.
#pragma once

#include <algorithm>
#include <cstdint>

namespace crossguard::server {

// Fills at `per_second` up to `burst`; each request takes one. Times are monotonic microseconds. One thread.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst, int64_t now_micros)
      : per_second_(per_second), burst_(burst), tokens_(burst), at_micros_(now_micros) {}

  bool Take(int64_t now_micros) {
    const double elapsed_seconds = static_cast<double>(std::max<int64_t>(now_micros - at_micros_, 0)) / 1e6;
    at_micros_ = now_micros;
    tokens_ = std::min(burst_, tokens_ + elapsed_seconds * per_second_);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double per_second_, burst_, tokens_;
  int64_t at_micros_;
};

}  // namespace crossguard::server
