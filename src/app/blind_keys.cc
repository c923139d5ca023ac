#include "app/blind_keys.h"

#include <charconv>

namespace crossguard {
namespace {

std::string Folder(const House& house) {
  return house.Path("keys/hits");
}
std::string PathOf(const House& house, const std::string& authority, int64_t epoch) {
  return Folder(house) + "/" + authority + "." + std::to_string(epoch) + ".key";
}

// "<authority>.<epoch>.key"; authority ids hold no dot.
std::optional<int64_t> EpochOfName(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || !name.ends_with(".key")) return std::nullopt;
  const std::string_view digits = name.substr(dot + 1, name.size() - dot - 1 - 4);
  int64_t epoch = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), epoch);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return epoch;
}

}  // namespace

int64_t HitEpochAt(Instant at) {
  return at.micros / kHitEpochMicros;
}

Result<VoprfKey> LoadHitKey(House& house, const std::string& authority, int64_t epoch) {
  const std::string path = PathOf(house, authority, epoch);
  auto bytes = house.env().files.ReadWhole(path, 4096);
  if (!bytes && bytes.error().code == Code::kNotFound)
    return Fail(Code::kNotFound, "There is no key for blinded questions of " + authority + " in epoch " +
                                     std::to_string(epoch) + ", or its week is over; ask on newer tags.");
  Bytes scalar = TRY(std::move(bytes));
  const CleanseAtExit cleanse(scalar);
  auto key = VoprfKey::From(scalar);
  if (!key)
    return Fail(Code::kCorrupt, "Key file '" + path + "' is damaged; remove it, and publish anew in the next week.");
  return key;
}

Result<VoprfKey> MakeOrLoadHitKey(House& house, const std::string& authority, int64_t epoch) {
  Files& files = house.env().files;
  const std::string path = PathOf(house, authority, epoch);
  if (files.Exists(path)) return LoadHitKey(house, authority, epoch);
  TRY(files.MakeFolders(Folder(house)));
  VoprfKey made = VoprfKey::Make(house.env().random);
  TRY(files.WriteWhole(path, made.reveal()));
  return made;
}

Status DestroyOldHitKeys(House& house) {
  Files& files = house.env().files;
  if (!files.Exists(Folder(house))) return {};
  const int64_t now = HitEpochAt(house.env().clock.Now());
  for (const std::string& name : TRY(files.List(Folder(house)))) {
    const auto epoch = EpochOfName(name);
    if (epoch && *epoch < now - 1) TRY(files.Remove(Folder(house) + "/" + name));
  }
  return files.SyncFolder(Folder(house));
}

}  // namespace crossguard
