// What comes out of a file that is compressed as a whole: gzip (RFC 1952), bzip2, xz, LZMA alone, lzip, Zstandard
// (RFC 8878), compress (.Z), LZ4. Several streams behind one another are one. Whatever can be unpacked before a cut or
// damage is given, to the last byte: that is why libarchive's own filters, which give up the block that they have in
// work, are used for the last two only. Internal to the kernel.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

bool IsPacked(Kind kind);  // kGzip, kBzip2, kXz, kZstd, kLzma, kLzip, kCompress, kLz4

class PackedStream {
 public:
  // kind: IsPacked. file must outlive it, and nobody else reads it meanwhile. memory_max: what a decoder may take.
  PackedStream(Kind kind, FileBytes& file, uint64_t memory_max);
  ~PackedStream();
  PackedStream(PackedStream&&) = delete;
  PackedStream& operator=(PackedStream&&) = delete;

  // Some bytes, valid until the next call; none at the end, whatever ended it.
  ByteView Next();
  // After the end. kExamined: where it says that it ends, with the sums that it says; kTruncated: kEndedEarly,
  // kDamagedData; kUndecodable: the same, but nothing came out; kLimitExceeded: kMemoryLimit.
  Verdict verdict() const { return verdict_; }
  uint64_t end_at() const { return at_; }            // after the end: what of the file was read
  const std::string& name() const { return name_; }  // of the file inside, as gzip tells it; empty if not told

  enum class Step : uint8_t { kGoesOn, kStreamEnds, kDamaged, kTooLarge };
  // One compressed stream. Takes from the front of `in`, writes to the front of `out`.
  class Decoder {
   public:
    virtual ~Decoder() = default;
    virtual Step Run(ByteView& in, size_t& written, std::span<uint8_t> out) = 0;
    virtual bool Begin() = 0;  // a stream, the first or another one
  };

 private:
  class ByLibrary;
  ByteView NextByLibrary();
  bool AnotherBegins();
  ByteView End(Step step, size_t written);

  Kind kind_;
  FileBytes& file_;
  std::unique_ptr<Decoder> decoder_;  // or
  std::unique_ptr<ByLibrary> library_;
  Bytes out_;
  std::string name_;
  uint64_t at_ = 0;
  uint64_t given_ = 0;
  bool ended_ = false;
  Verdict verdict_;
};

}  // namespace crossguard::examine
