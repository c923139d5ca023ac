// Parcels on their way in: DATA/exchange/incoming/<peer>/<id>/. What was acknowledged is durable; what is complete was
// compared with its digest; nothing lies here that outer.json does not name. Blocking; safe for any number of threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "env/env.h"
#include "exchange/transport.h"
#include "server/content_range.h"

namespace crossguard::server {

struct StagingLimits {
  uint64_t parcel_max_bytes = uint64_t{64} << 30;  // declared by outer.json, all files
  uint64_t peer_max_bytes = uint64_t{256} << 30;   // declared, all open parcels of one peer
  size_t parcels_per_peer_max = 64;                // open ones
  // An open parcel that nobody touched for so long makes room for a new one of the same peer.
  int64_t abandoned_after_micros = int64_t{7} * 86'400 * kMicrosPerSecond;
};

struct StagedFile {
  std::string name;
  uint64_t size_bytes = 0;
  uint64_t received_bytes = 0;  // durable
};
struct StagedParcel {
  Sha256 outer_sha256;
  std::vector<StagedFile> files;  // in the order of outer.json
};

class Staging {
 public:
  // env and what it refers to must outlive this. self: who we are; a parcel for another is refused.
  Staging(Env& env, std::string folder, std::string self, StagingLimits limits);
  ~Staging();
  // Finds what lay here before. Folders that are no parcel (a crash while they were made) go.
  Status Open();

  // Opens a parcel or changes what it will hold: files that are named with the same size and digest keep their bytes.
  // kDenied: from or to somebody else. kExhausted: beyond the limits. kInvalid, kUnsupported: of ParseOuter.
  Result<StagedParcel> PutOuter(const std::string& peer, const std::string& id, ByteView json);
  Result<StagedParcel> Find(const std::string& peer, const std::string& id);  // kNotFound

  // One file growing at its end. Dropped without Finish, what came is made durable all the same.
  class Upload {
   public:
    virtual ~Upload() = default;
    // kConflict: another upload of this file has begun since; kExhausted: the disk is full.
    virtual Status Take(ByteView bytes) = 0;
    // Durable; returns how many bytes of the file are here. kCorrupt: it is whole and its digest is another one than
    // outer.json says; it starts again from 0.
    virtual Result<uint64_t> Finish() = 0;
  };
  // range: nullopt means the whole file. kNotFound; kConflict if it does not begin where the file ends; kInvalid if it
  // does not fit outer.json or length_bytes.
  Result<std::unique_ptr<Upload>> Start(const std::string& peer, const std::string& id, const std::string& name,
                                        std::optional<ContentRange> range, uint64_t length_bytes);
  // What has arrived of a file. It may grow while it is read.
  Result<std::unique_ptr<ReadFile>> Read(const std::string& peer, const std::string& id, const std::string& name);

  // A whole parcel, held for its delivery: nothing changes it meanwhile. kConflict: a file is not whole. kUnavailable:
  // it is being delivered.
  class Claim {
   public:
    virtual ~Claim() = default;  // lets go; the parcel stays
    virtual const std::string& folder() const = 0;
    virtual Status Remove() = 0;  // it was taken: the folder goes
  };
  Result<std::unique_ptr<Claim>> Deliver(const std::string& peer, const std::string& id);
  // A parcel that was decided needs no room any more. Not there, or being delivered: nothing happens.
  Status Forget(const std::string& peer, const std::string& id);

  size_t open_parcels() const;

 private:
  struct Parcel;
  class FileUpload;
  class ParcelClaim;
  using ParcelPtr = std::shared_ptr<Parcel>;
  using Key = std::pair<std::string, std::string>;

  Result<ParcelPtr> At(const std::string& peer, const std::string& id);
  Status CheckOuter(const std::string& peer, const std::string& id, const exchange::ParcelOuter& outer) const;
  Status MakeRoom(const std::string& peer, const std::string& id, uint64_t declared_bytes);
  Status Load(const std::string& peer, const std::string& id);
  Status Write(Parcel& parcel, Parcel* before, const exchange::ParcelOuter& outer, ByteView json);
  void Drop(const Key& key);

  Env& env_;
  const std::string folder_;
  const std::string self_;
  const StagingLimits limits_;
  mutable std::mutex mutex_;  // of parcels_; taken before a parcel's own, never after
  std::map<Key, ParcelPtr> parcels_;
};

}  // namespace crossguard::server
