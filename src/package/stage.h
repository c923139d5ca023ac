// A bag under way: one tar file that grows, with the digest of each file in it. Finish() writes BagIt's own files.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "crypto/digest.h"
#include "crypto/stream.h"
#include "env/env.h"
#include "package/tar.h"

namespace crossguard {

constexpr std::string_view kBagItText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

// "<hex>  <path>\n" per file, sorted by path: BagIt's manifest and sha256sum's own form.
using DigestList = std::map<std::string, Sha256>;
std::string DigestLines(const DigestList& list);
// kCorrupt unless it is exactly such a text: lower-case hex, two spaces, safe and distinct paths, in order.
Result<DigestList> ParseDigestLines(std::string_view text, std::string_view name);

class BagStage {
 public:
  // Writes to path; what a broken run left there goes first.
  static Result<std::unique_ptr<BagStage>> Begin(Env& env, const std::string& path);

  Status Add(const std::string& path, ByteView bytes);
  // A file whose size is known only when it is written: it rests beside the tar meanwhile.
  Status AddSpooled(const std::string& path, const std::function<Status(const Sink&)>& write);
  // Content that comes in pieces; kCorrupt unless it has this size and digest.
  Status AddStream(const std::string& path, uint64_t size_bytes, const Sha256& expected,
                   const std::function<Status(const Sink&)>& read);
  // A file that is in the bag but joins it only when it is sealed.
  Status Promise(const std::string& path, uint64_t size_bytes, const Sha256& digest);

  bool Has(const std::string& path) const { return digests_.contains(path); }
  // Of all payload files so far, and a name for how they were made.
  Sha256 Basis(std::string_view format) const;
  // bag_info: "Label: value\n" lines; Payload-Oxum is added. Returns the digest of the tagmanifest. The tar is durable.
  Result<Sha256> Finish(const std::string& bag_info);
  // Removes what was written.
  Status Abandon();
  const std::string& path() const { return path_; }

 private:
  BagStage(Env& env, std::string path) : env_(env), path_(std::move(path)) {}
  Status Put(ByteView bytes);
  Status Drain();
  Status Record(const std::string& path, uint64_t size_bytes, const Sha256& digest);

  Env& env_;
  std::string path_;
  std::unique_ptr<AppendFile> file_;
  Bytes buffer_;
  std::unique_ptr<TarWriter> tar_;
  DigestList digests_;  // of data/...
  uint64_t payload_bytes_ = 0;
};

}  // namespace crossguard
