// age v1 (C2SP age.md): the payload of a package. Written and read here, and by the stock `age` program, in constant
// memory.
//
// What it gives: only a holder of one of the identities can read the content; a changed, reordered or cut content does
// not open. What it does not give: it does not say who wrote it (sign inside), and it does not hide the size or the
// number of recipients. Recipients are X25519 only; files for passphrases or plugins are refused with a sentence.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "crypto/stream.h"

namespace crossguard {

// "age1...": may be published.
class AgeRecipient {
 public:
  // kInvalid if it is not the one spelling of an X25519 recipient.
  static Result<AgeRecipient> Parse(std::string_view text);
  std::string text() const;
  const FixedBytes<32>& point() const { return point_; }
  bool operator==(const AgeRecipient&) const = default;

 private:
  friend class AgeIdentity;
  FixedBytes<32> point_;
};

// "AGE-SECRET-KEY-1...": opens what was sealed to its recipient.
class AgeIdentity {
 public:
  static AgeIdentity Make(Random& random);
  // One identity, without white space around it; kInvalid otherwise. The caller cleanses its own copy.
  static Result<AgeIdentity> Parse(std::string_view text);
  // The content of an identity file: one identity, comments (#) and empty lines.
  static Result<AgeIdentity> ParseFile(std::string_view text);

  const AgeRecipient& recipient() const { return recipient_; }
  // Secret text. Write it only into something sealed or with mode 0600, and cleanse it.
  std::string RevealText() const;
  const SecretKey& RevealScalar() const { return scalar_; }

 private:
  explicit AgeIdentity(SecretKey scalar);
  SecretKey scalar_;
  AgeRecipient recipient_;
};

// Limits on a header from outside: far above any real file, far below what could hurt.
constexpr size_t kAgeRecipientsMax = 1024;
constexpr size_t kAgeHeaderMaxBytes = size_t{256} * 1024;

// Seals one content of any size. Start writes the header; Write takes pieces of any size; Finish once, and what was
// written is an age file only then. The same content, recipients and random bytes give the same file.
class AgeSealer {
 public:
  // 1 .. kAgeRecipientsMax recipients (kInvalid otherwise, or if one is not a usable point).
  static Result<AgeSealer> Start(std::span<const AgeRecipient> recipients, Random& random, Sink sealed);
  AgeSealer(AgeSealer&&) noexcept;
  AgeSealer& operator=(AgeSealer&&) noexcept;
  ~AgeSealer();

  Status Write(ByteView content);
  Status Finish();

 private:
  struct State;
  explicit AgeSealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Opens an age file of any size in memory of two chunks. Chunks reach `content` as soon as they are authentic, so a
// file cut short delivers its authentic beginning and then fails: the caller must release NOTHING of it before this
// returns success (write to a temporary name, rename after). kDenied: none of the identities fits. kCorrupt: it is not
// what was written. kUnsupported: a passphrase file or a later version. kInvalid: not an age file. kExhausted: a header
// beyond the limits. Errors of source and sink are passed on.
Status OpenAge(std::span<const AgeIdentity> identities, const Source& sealed, const Sink& content);

// The same in memory. OpenAgeSmall returns nothing unless all of it is authentic.
Result<Bytes> SealAgeSmall(ByteView content, std::span<const AgeRecipient> recipients, Random& random);
Result<Bytes> OpenAgeSmall(ByteView sealed, std::span<const AgeIdentity> identities);

}  // namespace crossguard
