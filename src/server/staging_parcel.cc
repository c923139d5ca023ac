#include "server/staging_parcel.h"

#include <algorithm>
#include <limits>

namespace crossguard::server {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::unexpected<Error> Busy() {
  return Fail(Code::kUnavailable, "This parcel is being delivered: ask for its receipt in a while.");
}

Result<Sha256> DigestOf(Files& files, const std::string& path) {
  const auto file = TRY(files.OpenRead(path));
  Sha256Stream digest;
  Bytes buffer(kReadBytes);
  for (uint64_t at = 0;;) {
    const size_t bytes = TRY(file->ReadAt(at, buffer));
    if (bytes == 0) return digest.Finish();
    digest.Update(ByteView(buffer).first(bytes));
    at += bytes;
  }
}

}  // namespace

StagedContent::StagedContent(Files& files, std::string folder, exchange::ParcelOuter outer, const Sha256& outer_sha256)
    : files_(files), folder_(std::move(folder)), outer_sha256_(outer_sha256) {
  for (exchange::ParcelFile& file : outer.files) {
    const uint64_t left = std::numeric_limits<uint64_t>::max() - declared_bytes_;
    declared_bytes_ += std::min(file.size_bytes, left);
    order_.push_back(file.name);
    Held held;
    held.said = std::move(file);
    held_.emplace(order_.back(), std::move(held));
  }
}

Status StagedContent::Fill() {
  const std::scoped_lock lock(mutex_);
  for (auto& [name, held] : held_) {
    held.received_bytes = TRY(SizeOnDisk(held));  // durable only when it was synced by us
    if (held.received_bytes > held.said.size_bytes) TRY(StartAgain(held));
    if (held.said.size_bytes == 0) TRY(MakeEmpty(held));
  }
  ready_ = true;
  return {};
}

Status StagedContent::MakeEmpty(const Held& held) {
  TRY(files_.MakeFolders(FolderOf(PathOf(held))));
  TRY(TRY(files_.OpenAppend(PathOf(held)))->Sync());
  return files_.SyncFolder(FolderOf(PathOf(held)));
}

Status StagedContent::RemoveAllBut(const exchange::ParcelOuter& outer) {
  const std::scoped_lock lock(mutex_);
  CHECK(removed_);
  for (const auto& [name, held] : held_) {
    const bool stays = std::ranges::any_of(outer.files, [&](const exchange::ParcelFile& file) {
      return file.name == held.said.name && file.size_bytes == held.said.size_bytes && file.sha256 == held.said.sha256;
    });
    if (!stays && files_.Exists(PathOf(held))) TRY(files_.Remove(PathOf(held)));
  }
  return {};
}

Result<uint64_t> StagedContent::SizeOnDisk(const Held& held) const {
  if (!files_.Exists(PathOf(held))) return uint64_t{0};
  return TRY(files_.OpenRead(PathOf(held)))->size();
}

Result<StagedParcel> StagedContent::Look() {
  const std::scoped_lock lock(mutex_);
  StagedParcel out;
  out.outer_sha256 = outer_sha256_;
  for (const std::string& name : order_) {
    Held& held = held_.at(name);
    TRY(MakeDurable(held));
    out.files.push_back({.name = name, .size_bytes = held.said.size_bytes, .received_bytes = held.durable_bytes});
  }
  return out;
}

Result<StagedContent::Held*> StagedContent::At(const std::string& name) {
  const auto found = held_.find(name);
  if (removed_ || found == held_.end())
    return Fail(Code::kNotFound, "outer.json names no such file: send the files that it names.");
  return &found->second;
}

Result<StagedContent::Held*> StagedContent::AtTurn(const std::string& name, uint64_t turn) {
  Held* const held = TRY(At(name));
  if (held->turn != turn) return Fail(Code::kConflict, "Another upload of this file began: ask for its offset again.");
  return held;
}

Result<uint64_t> StagedContent::Start(const std::string& name, std::optional<ContentRange> range,
                                      uint64_t length_bytes) {
  const std::scoped_lock lock(mutex_);
  if (delivering_) return Busy();
  Held& held = *TRY(At(name));
  const uint64_t first = range ? range->first : 0;
  if (range ? range->length() != length_bytes : length_bytes != held.said.size_bytes)
    return Fail(Code::kInvalid, "Content-Length, Content-Range and outer.json do not fit: send what they say.");
  if (range && range->size_bytes != held.said.size_bytes)
    return Fail(Code::kInvalid, "Content-Range names another size than outer.json: send the file that it names.");
  if (first != held.received_bytes)
    return Fail(Code::kConflict,
                "The file goes on at byte " + std::to_string(held.received_bytes) + ": send from there.");
  TRY(MakeDurable(held));
  if (held.file == nullptr) {
    TRY(files_.MakeFolders(FolderOf(PathOf(held))));
    held.file = TRY(files_.OpenAppend(PathOf(held)));
  }
  if (first == 0) {
    held.digest = std::make_unique<Sha256Stream>();
    held.digest_bytes = 0;
  }
  held.turn = ++turns_;
  return held.turn;
}

Status StagedContent::Append(const std::string& name, uint64_t turn, ByteView bytes) {
  const std::scoped_lock lock(mutex_);
  Held& held = *TRY(AtTurn(name, turn));
  if (bytes.size() > held.said.size_bytes - held.received_bytes)
    return Fail(Code::kInvalid, "The file is longer than outer.json says.");
  if (const auto done = held.file->Append(bytes); !done) {
    ForgetHandle(held);  // a part may have been written: what lies on the disk counts, once it is durable
    held.received_bytes = TRY(SizeOnDisk(held));
    held.durable_bytes = 0;
    return done;
  }
  held.received_bytes += bytes.size();
  if (held.digest != nullptr && held.digest_bytes + bytes.size() == held.received_bytes) {
    held.digest->Update(bytes);
    held.digest_bytes = held.received_bytes;
  }
  return {};
}

Status StagedContent::MakeDurable(Held& held) {
  if (held.durable_bytes == held.received_bytes) return {};
  Status done;
  if (held.file != nullptr) {
    done = held.file->Sync();
  } else {
    done = TRY(files_.OpenAppend(PathOf(held)))->Sync();
  }
  if (done) done = files_.SyncFolder(FolderOf(PathOf(held)));
  if (!done) {  // what the disk kept is not known: the file comes again
    TRY(StartAgain(held));
    return done;
  }
  held.durable_bytes = held.received_bytes;
  return {};
}

Status StagedContent::Sync(const std::string& name, uint64_t turn) {
  const std::scoped_lock lock(mutex_);
  Held& held = *TRY(AtTurn(name, turn));
  TRY(MakeDurable(held));
  ForgetHandle(held);
  return {};
}

Result<uint64_t> StagedContent::Finish(const std::string& name, uint64_t turn) {
  const std::scoped_lock lock(mutex_);
  Held& held = *TRY(AtTurn(name, turn));
  TRY(MakeDurable(held));
  ForgetHandle(held);
  if (held.received_bytes == held.said.size_bytes) TRY(Compare(held));
  return held.durable_bytes;
}

// The handle goes, and with it the right to append. The digest so far stays: the next upload goes on with it.
void StagedContent::ForgetHandle(Held& held) {
  held.file.reset();
  held.turn = 0;
}

Status StagedContent::StartAgain(Held& held) {
  ForgetHandle(held);
  held.digest.reset();
  held.digest_bytes = held.received_bytes = held.durable_bytes = 0;
  held.compared = false;
  if (!files_.Exists(PathOf(held))) return {};
  return files_.Truncate(PathOf(held), 0);
}

Status StagedContent::Compare(Held& held) {
  if (held.compared) return {};
  const bool seen_whole = held.digest != nullptr && held.digest_bytes == held.said.size_bytes;
  const Sha256 digest = seen_whole ? held.digest->Finish() : TRY(DigestOf(files_, PathOf(held)));
  held.digest.reset();
  held.digest_bytes = 0;
  if (digest != held.said.sha256) {
    TRY(StartAgain(held));
    return Fail(Code::kCorrupt, "A file is not the one that outer.json names: send it again from the beginning.");
  }
  held.compared = true;
  return {};
}

Result<std::unique_ptr<ReadFile>> StagedContent::Read(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  Held& held = *TRY(At(name));
  if (!files_.Exists(PathOf(held))) return Fail(Code::kNotFound, "Nothing of this file has arrived: send it.");
  return files_.OpenRead(PathOf(held));
}

Status StagedContent::BeginDelivery() {
  const std::scoped_lock lock(mutex_);
  if (removed_) return Fail(Code::kNotFound, "No such parcel of yours is open here: send its outer.json first.");
  if (delivering_) return Busy();
  for (auto& [name, held] : held_) {
    if (held.received_bytes != held.said.size_bytes)
      return Fail(Code::kConflict, "The parcel is not whole: ask which bytes are here, and send the rest.");
    TRY(MakeDurable(held));
    TRY(Compare(held));
  }
  delivering_ = true;
  return {};
}

void StagedContent::EndDelivery() {
  const std::scoped_lock lock(mutex_);
  delivering_ = false;
}

bool StagedContent::BeginRemoval() {
  const std::unique_lock lock(mutex_, std::try_to_lock);  // held for long by a comparison, and ours by many requests
  if (!lock || delivering_ || removed_ || !ready_) return false;
  for (auto& [name, held] : held_) ForgetHandle(held);
  removed_ = true;
  return true;
}

}  // namespace crossguard::server
