#include "server/staging.h"

#include <algorithm>

#include "crypto/digest.h"
#include "server/routes.h"
#include "server/staging_parcel.h"

namespace crossguard::server {
namespace {

constexpr std::string_view kOuterName = "outer.json";

std::unexpected<Error> NoParcel() {
  return Fail(Code::kNotFound, "No such parcel of yours is open here: send its outer.json first.");
}

std::unexpected<Error> BeingChanged() {
  return Fail(Code::kUnavailable, "This parcel is being changed or delivered: ask again in a while.");
}

}  // namespace

struct Staging::Parcel : StagedContent {
  using StagedContent::StagedContent;
};

// Holds the parcel; each piece takes its lock.
class Staging::FileUpload final : public Upload {
 public:
  FileUpload(ParcelPtr parcel, std::string name, uint64_t turn)
      : parcel_(std::move(parcel)), name_(std::move(name)), turn_(turn) {}
  ~FileUpload() override {
    if (!finished_) static_cast<void>(parcel_->Sync(name_, turn_));  // cut off: what came shall count
  }
  Status Take(ByteView bytes) override { return parcel_->Append(name_, turn_, bytes); }
  Result<uint64_t> Finish() override {
    finished_ = true;
    return parcel_->Finish(name_, turn_);
  }

 private:
  ParcelPtr parcel_;
  std::string name_;
  uint64_t turn_;
  bool finished_ = false;
};

class Staging::ParcelClaim final : public Claim {
 public:
  ParcelClaim(Staging& staging, Key key, ParcelPtr parcel)
      : staging_(staging), key_(std::move(key)), parcel_(std::move(parcel)) {}
  ~ParcelClaim() override { parcel_->EndDelivery(); }
  const std::string& folder() const override { return parcel_->folder(); }
  Status Remove() override {
    TRY(staging_.env_.files.RemoveTree(parcel_->folder()));  // while it is held, so that no new one is made there
    staging_.Drop(key_);
    return {};
  }

 private:
  Staging& staging_;
  Key key_;
  ParcelPtr parcel_;
};

Staging::Staging(Env& env, std::string folder, std::string self, StagingLimits limits)
    : env_(env), folder_(std::move(folder)), self_(std::move(self)), limits_(limits) {}
Staging::~Staging() = default;

Status Staging::Open() {
  TRY(env_.files.MakeFolders(folder_));
  for (const std::string& peer : TRY(env_.files.List(folder_))) {
    if (!IsPlainId(peer)) continue;
    for (const std::string& id : TRY(env_.files.List(folder_ + "/" + peer))) {
      if (IsPlainId(id)) TRY(Load(peer, id));
    }
  }
  return {};
}

Status Staging::Load(const std::string& peer, const std::string& id) {
  const std::string folder = folder_ + "/" + peer + "/" + id;
  const auto json = env_.files.ReadWhole(folder + "/" + std::string(kOuterName), exchange::kOuterMaxBytes);
  const auto outer = json ? exchange::ParseOuter(*json) : Result<exchange::ParcelOuter>(std::unexpected(json.error()));
  if (!outer || !CheckOuter(peer, id, *outer)) return env_.files.RemoveTree(folder);  // its sender still has it
  auto parcel = std::make_shared<Parcel>(env_.files, folder, *outer, HashSha256(*json));
  parcel->Touch(env_.clock.MonotonicMicros());
  TRY(parcel->Fill());
  const std::scoped_lock lock(mutex_);
  parcels_[{peer, id}] = std::move(parcel);
  return {};
}

Result<Staging::ParcelPtr> Staging::At(const std::string& peer, const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto found = parcels_.find({peer, id});
  if (found == parcels_.end()) return NoParcel();
  if (!found->second->ready()) return BeingChanged();
  return found->second;
}

void Staging::Drop(const Key& key) {
  const std::scoped_lock lock(mutex_);
  parcels_.erase(key);
}

Status Staging::CheckOuter(const std::string& peer, const std::string& id, const exchange::ParcelOuter& outer) const {
  if (outer.from != peer)
    return Fail(Code::kDenied, "outer.json names another sender than the certificate: send your own parcels.");
  if (outer.to != self_) return Fail(Code::kDenied, "This parcel is for another authority: send it there.");
  if (outer.id != id) return Fail(Code::kInvalid, "outer.json has another id than the path: send both the same.");
  if (outer.files.size() > exchange::kParcelFilesMax)
    return Fail(Code::kExhausted, "The parcel has too many files: pack them into fewer.");
  for (const auto& file : outer.files) {
    if (!IsSafeName(file.name) || file.name == kOuterName)
      return Fail(Code::kInvalid, "outer.json names a file that cannot be one: keep names inside the parcel.");
  }
  return {};
}

// With mutex_ held: the peer's parcels, this one as it will be, stay within the limits.
Status Staging::MakeRoom(const std::string& peer, const std::string& id, uint64_t declared_bytes) {
  if (declared_bytes > limits_.parcel_max_bytes)
    return Fail(Code::kExhausted, "The parcel is larger than this node takes: send it in parts, or ask for more room.");
  const int64_t now = env_.clock.MonotonicMicros();
  size_t open = 0;
  uint64_t bytes = declared_bytes;
  for (auto at = parcels_.begin(); at != parcels_.end();) {
    if (at->first.first != peer || at->first.second == id) {
      ++at;
    } else if (at->second->touched_micros() + limits_.abandoned_after_micros < now && at->second->BeginRemoval()) {
      TRY(env_.files.RemoveTree(at->second->folder()));
      at = parcels_.erase(at);
    } else {
      ++open;
      bytes += at->second->declared_bytes();  // each at most parcel_max_bytes, and few: no overflow
      ++at;
    }
  }
  if (open >= limits_.parcels_per_peer_max)
    return Fail(Code::kExhausted, "Too many of your parcels are open here: deliver them first.");
  if (bytes > limits_.peer_max_bytes)
    return Fail(Code::kExhausted, "Your open parcels would take more room than you have here: deliver them first.");
  return {};
}

Result<StagedParcel> Staging::PutOuter(const std::string& peer, const std::string& id, ByteView json) {
  if (!IsPlainId(peer) || !IsPlainId(id)) return Fail(Code::kInvalid, "A parcel's id is that of its message.");
  const exchange::ParcelOuter outer = TRY(exchange::ParseOuter(json));
  TRY(CheckOuter(peer, id, outer));
  const std::string folder = folder_ + "/" + peer + "/" + id;
  auto parcel = std::make_shared<Parcel>(env_.files, folder, outer, HashSha256(json));
  parcel->Touch(env_.clock.MonotonicMicros());
  ParcelPtr before;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = parcels_.find({peer, id});
    if (found != parcels_.end()) before = found->second;
    if (before != nullptr && !before->ready()) return BeingChanged();
    if (before == nullptr || before->outer_sha256() != parcel->outer_sha256()) {
      TRY(MakeRoom(peer, id, parcel->declared_bytes()));
      if (before != nullptr && !before->BeginRemoval()) return BeingChanged();
      parcels_[{peer, id}] = parcel;  // not ready: nobody else touches the folder
    } else {
      parcel = before;
    }
  }
  if (parcel != before) {
    if (const auto made = Write(*parcel, before.get(), outer, json); !made) {
      Drop({peer, id});
      return std::unexpected(made.error());
    }
  }
  return parcel->Look();
}

// First what the parcel held before goes, then the new word is durable: a crash in between leaves less, never a lie.
Status Staging::Write(Parcel& parcel, Parcel* before, const exchange::ParcelOuter& outer, ByteView json) {
  if (before != nullptr) TRY(before->RemoveAllBut(outer));
  TRY(env_.files.MakeFolders(parcel.folder()));
  TRY(env_.files.WriteWhole(parcel.folder() + "/" + std::string(kOuterName), json));
  return parcel.Fill();
}

Result<StagedParcel> Staging::Find(const std::string& peer, const std::string& id) {
  const ParcelPtr parcel = TRY(At(peer, id));
  return parcel->Look();
}

Result<std::unique_ptr<Staging::Upload>> Staging::Start(const std::string& peer, const std::string& id,
                                                        const std::string& name, std::optional<ContentRange> range,
                                                        uint64_t length_bytes) {
  const ParcelPtr parcel = TRY(At(peer, id));
  parcel->Touch(env_.clock.MonotonicMicros());
  const uint64_t turn = TRY(parcel->Start(name, range, length_bytes));
  return std::unique_ptr<Upload>(std::make_unique<FileUpload>(parcel, name, turn));
}

Result<std::unique_ptr<ReadFile>> Staging::Read(const std::string& peer, const std::string& id,
                                                const std::string& name) {
  const ParcelPtr parcel = TRY(At(peer, id));
  return parcel->Read(name);
}

Result<std::unique_ptr<Staging::Claim>> Staging::Deliver(const std::string& peer, const std::string& id) {
  const ParcelPtr parcel = TRY(At(peer, id));
  parcel->Touch(env_.clock.MonotonicMicros());
  TRY(parcel->BeginDelivery());
  return std::unique_ptr<Claim>(std::make_unique<ParcelClaim>(*this, Key{peer, id}, parcel));
}

Status Staging::Forget(const std::string& peer, const std::string& id) {
  const auto parcel = At(peer, id);
  if (!parcel || !(*parcel)->BeginRemoval()) return {};
  TRY(env_.files.RemoveTree((*parcel)->folder()));
  Drop({peer, id});
  return {};
}

size_t Staging::open_parcels() const {
  const std::scoped_lock lock(mutex_);
  return parcels_.size();
}

}  // namespace crossguard::server
