// Secrets in memory: cleansed when they go, never copied or printed by accident.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "env/random.h"

namespace crossguard {

// Overwrites with zeros in a way the compiler may not leave out.
void Cleanse(std::span<uint8_t> bytes);

// Equal? In time that depends on the lengths only. Use it for every tag, MAC and secret.
bool EqualConstantTime(ByteView a, ByteView b);

// Cleanses a buffer when the scope ends, however it ends.
class CleanseAtExit {
 public:
  explicit CleanseAtExit(std::span<uint8_t> bytes) : bytes_(bytes) {}
  CleanseAtExit(const CleanseAtExit&) = delete;
  CleanseAtExit& operator=(const CleanseAtExit&) = delete;
  ~CleanseAtExit() { Cleanse(bytes_); }

 private:
  std::span<uint8_t> bytes_;
};

// N secret bytes. Moves (the source is left all zero), is copied only by Clone(), and has no ==, no hex and no stream
// operator: whoever needs the bytes says reveal(), which a search finds. Not protected: the page may be swapped out or
// land in a core dump; hosts that hold keys should switch both off (SECURITY.md).
template <size_t N>
class Secret {
 public:
  static constexpr size_t kSize = N;
  Secret() = default;
  static Secret Make(Random& random) {
    Secret out;
    random.Fill(out.bytes_);
    return out;
  }
  // kInvalid unless there are exactly N bytes. The caller cleanses its own copy.
  static Result<Secret> From(ByteView bytes) {
    if (bytes.size() != N) return Fail(Code::kInvalid, "Give a secret key of exactly " + std::to_string(N) + " bytes.");
    Secret out;
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { Cleanse(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      Cleanse(other.bytes_);
    }
    return *this;
  }
  ~Secret() { Cleanse(bytes_); }

  Secret Clone() const {
    Secret out;
    out.bytes_ = bytes_;
    return out;
  }
  ByteView reveal() const { return bytes_; }
  std::span<uint8_t> writable() { return bytes_; }

 private:
  std::array<uint8_t, N> bytes_{};
};

using SecretKey = Secret<32>;  // an AES-256 or HMAC key, an Ed25519 seed, an X25519 scalar

}  // namespace crossguard
