// Private to this room: one parcel on its way in, with its files, under one lock.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "crypto/digest.h"
#include "env/files.h"
#include "server/staging.h"

namespace crossguard::server {

class StagedContent {
 public:
  // What outer.json says; its files are not looked at before Fill.
  StagedContent(Files& files, std::string folder, exchange::ParcelOuter outer, const Sha256& outer_sha256);

  const std::string& folder() const { return folder_; }
  const Sha256& outer_sha256() const { return outer_sha256_; }
  uint64_t declared_bytes() const { return declared_bytes_; }  // 2^64-1 if the sum does not fit
  int64_t touched_micros() const { return touched_micros_; }
  void Touch(int64_t now_micros) { touched_micros_ = now_micros; }

  // Takes the files as they lie in the folder; empty ones are made. Then ready().
  Status Fill();
  bool ready() const { return ready_; }
  // After BeginRemoval: files that `outer` does not name with the same size and digest go.
  Status RemoveAllBut(const exchange::ParcelOuter& outer);
  // Makes durable what is not yet, so that what it says is an acknowledgement.
  Result<StagedParcel> Look();

  // A turn: the right to append to one file, until somebody else takes it.
  Result<uint64_t> Start(const std::string& name, std::optional<ContentRange> range, uint64_t length_bytes);
  Status Append(const std::string& name, uint64_t turn, ByteView bytes);
  Status Sync(const std::string& name, uint64_t turn);
  Result<uint64_t> Finish(const std::string& name, uint64_t turn);
  Result<std::unique_ptr<ReadFile>> Read(const std::string& name);

  Status BeginDelivery();  // kConflict: not whole. Compares what was not compared before
  void EndDelivery();
  bool BeginRemoval();  // false while it is delivered, made or compared; afterwards nothing changes it any more

 private:
  struct Held {
    exchange::ParcelFile said;
    uint64_t received_bytes = 0;
    uint64_t durable_bytes = 0;
    uint64_t turn = 0;      // of the upload that may append; 0: none
    bool compared = false;  // whole, and its digest is what outer.json says
    std::unique_ptr<AppendFile> file;
    std::unique_ptr<Sha256Stream> digest;  // of the first digest_bytes, if the upload came here from its beginning
    uint64_t digest_bytes = 0;
  };
  std::string PathOf(const Held& held) const { return folder_ + "/" + held.said.name; }
  Result<Held*> At(const std::string& name);
  Result<Held*> AtTurn(const std::string& name, uint64_t turn);
  Result<uint64_t> SizeOnDisk(const Held& held) const;
  Status MakeDurable(Held& held);
  Status MakeEmpty(const Held& held);
  Status Compare(Held& held);
  Status StartAgain(Held& held);
  void ForgetHandle(Held& held);

  Files& files_;
  const std::string folder_;
  const Sha256 outer_sha256_;
  uint64_t declared_bytes_ = 0;
  std::vector<std::string> order_;  // both are whole after the constructor, and const from there
  std::atomic<int64_t> touched_micros_ = 0;
  std::atomic<bool> ready_ = false;
  mutable std::mutex mutex_;  // of all below
  std::map<std::string, Held> held_;
  uint64_t turns_ = 0;
  bool delivering_ = false;
  bool removed_ = false;
};

}  // namespace crossguard::server
