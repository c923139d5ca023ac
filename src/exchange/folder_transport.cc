#include "exchange/folder_transport.h"

#include <algorithm>
#include <set>

#include "env/files.h"
#include "exchange/envelope.h"
#include "exchange/room.h"
#include "model/fields.h"

namespace crossguard::exchange {
namespace {

constexpr std::string_view kReceiptHead = "receipt-";
constexpr std::string_view kReceiptTail = ".json";

std::string FolderFor(const std::string& folder, const std::string& authority) {
  return folder + "/to-" + authority;
}

// Several folders deep is not needed: attachments are flat, but outer.json allows what it names.
Status CopyParcel(Files& files, const std::string& from, const std::string& to, const ParcelOuter& outer) {
  TRY(files.MakeFolders(to));
  std::set<std::string> folders{to};
  std::vector<std::string> names;
  for (const ParcelFile& file : outer.files) names.push_back(file.name);
  names.emplace_back(kOuterName);
  for (const std::string& name : names) {
    const std::string target = to + "/" + name;
    const std::string parent = target.substr(0, target.find_last_of('/'));
    if (folders.insert(parent).second) TRY(files.MakeFolders(parent));
    TRY(Copy(files, from + "/" + name, target));
  }
  for (const std::string& one : folders) TRY(files.SyncFolder(one));
  return {};
}

// The parcel's own word on who sent it: proven when it is taken.
Result<std::string> SenderOf(Files& files, const std::string& parcel) {
  const Bytes outer = TRY(files.ReadWhole(parcel + "/" + std::string(kOuterName), kOuterMaxBytes));
  return TRY(PeekOuter(outer)).from;
}

Status TakeOne(Files& files, const std::string& folder, const std::string& parcel, const std::string& id,
               const FolderVisitor& visitor) {
  const std::string from = TRY(SenderOf(files, parcel));
  const Bytes receipt = TRY(visitor.take(from, parcel));
  TRY(files.MakeFolders(FolderFor(folder, from)));
  TRY(files.WriteWhole(FolderFor(folder, from) + "/" + std::string(kReceiptHead) + id + std::string(kReceiptTail),
                       receipt));
  return files.RemoveTree(parcel);  // after the receipt is durable: cut off before, it is answered again, the same
}

}  // namespace

Result<std::optional<Bytes>> FolderTransport::Carry(const Peer& peer, const std::string& parcel_folder,
                                                    const ParcelOuter& outer) {
  if (!files_.Exists(peer.address))
    return Fail(Code::kUnavailable,
                "The folder of peer '" + peer.authority + "' is not there; bring it, then send again.");
  const std::string base = FolderFor(peer.address, peer.authority);
  const std::string target = base + "/" + outer.id;
  if (files_.Exists(target + "/" + std::string(kOuterName))) return std::optional<Bytes>();
  TRY(files_.MakeFolders(base));
  const std::string temporary = base + "/.new-" + outer.id;
  TRY(files_.RemoveTree(temporary));
  const Status copied = CopyParcel(files_, parcel_folder, temporary, outer);
  if (!copied) {
    (void)files_.RemoveTree(temporary);  // the error that made it useless is the one to tell
    return std::unexpected(copied.error());
  }
  TRY(files_.Rename(temporary, target));
  TRY(files_.SyncFolder(base));
  return std::optional<Bytes>();
}

Result<CollectSummary> Collect(Files& files, const std::string& folder, const std::string& self,
                               const FolderVisitor& visitor) {
  CollectSummary out;
  const std::string base = FolderFor(folder, self);
  if (!files.Exists(folder))
    return Fail(Code::kNotFound, "There is no folder '" + folder + "' to collect from; bring it, or name another.");
  if (!files.Exists(base)) return out;
  const std::vector<std::string> names = TRY(files.List(base));
  if (names.size() > kCollectMax)
    return Fail(Code::kExhausted, "'" + base + "' holds more than 100,000 names; take some of them away first.");
  for (const std::string& name : names) {
    const bool is_receipt = name.starts_with(kReceiptHead) && name.ends_with(kReceiptTail);
    const std::string id =
        is_receipt ? name.substr(kReceiptHead.size(), name.size() - kReceiptHead.size() - kReceiptTail.size()) : name;
    if (!IsMessageId(id)) continue;  // half written, or none of ours
    const std::string path = base + "/" + name;
    const Status done = [&]() -> Status {
      if (!is_receipt) return TakeOne(files, folder, path, id, visitor);
      TRY(visitor.receipt(id, TRY(files.ReadWhole(path, kReceiptMaxBytes))));
      return files.Remove(path);
    }();
    if (done) {
      ++(is_receipt ? out.receipts : out.parcels);
    } else {
      ++out.left;
      if (visitor.left) visitor.left(id, done.error());
    }
  }
  return out;
}

}  // namespace crossguard::exchange
