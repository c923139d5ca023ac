#include "package/stage.h"

#include <algorithm>

#include "package/safe_names.h"

namespace crossguard {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;  // one write(2) per so much, not one per tar header

Status CopyFile(ReadFile& file, const Sink& sink) {
  Bytes buffer(kBufferBytes);
  for (uint64_t offset = 0; offset < file.size();) {
    const size_t got = TRY(file.ReadAt(offset, buffer));
    if (got == 0) return Fail(Code::kCorrupt, "A file became shorter while it was read; run the same command again.");
    TRY(sink(ByteView(buffer).first(got)));
    offset += got;
  }
  return {};
}

}  // namespace

std::string DigestLines(const DigestList& list) {
  std::string out;
  for (const auto& [path, digest] : list) out += digest.hex() + "  " + path + "\n";
  return out;
}

Result<DigestList> ParseDigestLines(std::string_view text, std::string_view name) {
  const auto corrupt = [&](std::string_view why) {
    return Fail(Code::kCorrupt, std::string(name) + " " + std::string(why) + "; do not use this package.");
  };
  DigestList out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return corrupt("does not end in a line end");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    constexpr size_t kHexLength = 64;
    if (line.size() < kHexLength + 3 || line.substr(kHexLength, 2) != "  ")
      return corrupt("has a line that is not '<digest>  <path>'");
    const auto digest = Sha256::FromHexText(line.substr(0, kHexLength));
    if (!digest || digest->hex() != line.substr(0, kHexLength)) return corrupt("has a digest that is none");
    const std::string path(line.substr(kHexLength + 2));
    TRY(CheckSafePath(path));
    if (!out.empty() && !(out.rbegin()->first < path)) return corrupt("names a file twice or out of order");
    out.emplace_hint(out.end(), path, *digest);
  }
  return out;
}

Result<std::unique_ptr<BagStage>> BagStage::Begin(Env& env, const std::string& path) {
  auto stage = std::unique_ptr<BagStage>(new BagStage(env, path));
  for (const std::string& old : {path, path + ".spool"}) {
    if (env.files.Exists(old)) TRY(env.files.Remove(old));
  }
  stage->file_ = TRY(env.files.OpenAppend(path));
  stage->tar_ = std::make_unique<TarWriter>([raw = stage.get()](ByteView bytes) { return raw->Put(bytes); });
  return stage;
}

Status BagStage::Put(ByteView bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) TRY(Drain());
  if (bytes.size() > kBufferBytes) return file_->Append(bytes);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

Status BagStage::Drain() {
  if (buffer_.empty()) return {};
  TRY(file_->Append(buffer_));
  buffer_.clear();
  return {};
}

Status BagStage::Record(const std::string& path, uint64_t size_bytes, const Sha256& digest) {
  CHECK(path.starts_with("data/"));
  TRY(CheckSafePath(path));
  CHECK(digests_.emplace(path, digest).second);  // every name is made here: twice would be a bug
  payload_bytes_ += size_bytes;
  return {};
}

Status BagStage::Add(const std::string& path, ByteView bytes) {
  TRY(Record(path, bytes.size(), HashSha256(bytes)));
  return tar_->Add(path, bytes);
}

Status BagStage::AddSpooled(const std::string& path, const std::function<Status(const Sink&)>& write) {
  const std::string spool = path_ + ".spool";
  if (env_.files.Exists(spool)) TRY(env_.files.Remove(spool));
  Sha256Stream digest;
  uint64_t size_bytes = 0;
  {
    const auto file = TRY(env_.files.OpenAppend(spool));
    Bytes buffer;
    const auto sink = [&](ByteView bytes) -> Status {
      digest.Update(bytes);
      size_bytes += bytes.size();
      buffer.insert(buffer.end(), bytes.begin(), bytes.end());
      if (buffer.size() < kBufferBytes) return {};
      TRY(file->Append(buffer));
      buffer.clear();
      return {};
    };
    TRY(write(sink));
    TRY(file->Append(buffer));
  }
  {
    const auto file = TRY(env_.files.OpenRead(spool));
    TRY(AddStream(path, size_bytes, digest.Finish(), [&](const Sink& sink) { return CopyFile(*file, sink); }));
  }
  return env_.files.Remove(spool);
}

Status BagStage::AddStream(const std::string& path, uint64_t size_bytes, const Sha256& expected,
                           const std::function<Status(const Sink&)>& read) {
  const auto changed = [&] {
    return Fail(Code::kCorrupt, "The bytes for " + path + " are not those that were recorded; check the disk.");
  };
  TRY(Record(path, size_bytes, expected));
  TRY(tar_->Begin(path, size_bytes));
  Sha256Stream digest;
  uint64_t left_bytes = size_bytes;
  TRY(read([&](ByteView bytes) -> Status {
    if (bytes.size() > left_bytes) return changed();
    left_bytes -= bytes.size();
    digest.Update(bytes);
    return tar_->Write(bytes);
  }));
  if (left_bytes != 0 || digest.Finish() != expected) return changed();
  return {};
}

Status BagStage::Promise(const std::string& path, uint64_t size_bytes, const Sha256& digest) {
  return Record(path, size_bytes, digest);
}

Sha256 BagStage::Basis(std::string_view format) const {
  return HashSha256(AsBytes(std::string(format) + "\n" + DigestLines(digests_)));
}

Result<Sha256> BagStage::Finish(const std::string& bag_info) {
  const std::string info =
      bag_info + "Payload-Oxum: " + std::to_string(payload_bytes_) + "." + std::to_string(digests_.size()) + "\n";
  const std::string manifest = DigestLines(digests_);
  DigestList tags;
  for (const auto& [name, text] : {std::pair<std::string, std::string_view>("bagit.txt", kBagItText),
                                   {"bag-info.txt", info},
                                   {"manifest-sha256.txt", manifest}}) {
    tags[name] = HashSha256(AsBytes(text));
    TRY(tar_->Add(name, AsBytes(text)));
  }
  const std::string tag_manifest = DigestLines(tags);
  TRY(tar_->Add("tagmanifest-sha256.txt", AsBytes(tag_manifest)));
  TRY(tar_->End());
  TRY(Drain());
  TRY(file_->Sync());
  file_.reset();
  return HashSha256(AsBytes(tag_manifest));
}

Status BagStage::Abandon() {
  file_.reset();
  return env_.files.Remove(path_);
}

}  // namespace crossguard
