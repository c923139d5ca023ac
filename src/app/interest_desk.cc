#include "app/interest_desk.h"

#include "app/access_desk.h"
#include "app/coordination_desk.h"
#include "package/open.h"
#include "register/coordination_rows.h"
#include "register/exchange_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kKeyFileMaxBytes = 64 * 1024;

// Noted beside what an officer asked for: that it could not be is told, and stops nothing.
json NotNoted(const Error& error) {
  return {{"not_noted", error.message}};
}

Result<json> Note(House& house, const Actor& actor, const request_rows::ReceivedPackageRow& row,
                  const std::string& folder) {
  HoldFacts facts;
  facts.source = row.package;
  facts.channel = row.sender;
  facts.since = ToText(row.received_at);
  facts.opened_folder = folder;
  return Hold(house, actor, facts);
}

Status OpenInto(House& house, const request_rows::ReceivedPackageRow& row, const std::string& folder) {
  const auto peer = TRY(exchange_rows::FindPeer(house.db(), row.sender));
  if (!peer) return Fail(Code::kNotFound, "The node of " + row.sender + " is no longer pinned.");
  Env& env = house.env();
  OpenKeys keys;
  keys.authority = house.book().self;
  keys.certificate_pem = TRY(env.files.ReadWhole(house.Path("keys/recipient.crt"), kKeyFileMaxBytes));
  keys.key_pem = TRY(env.files.ReadWhole(house.Path("keys/recipient.key"), kKeyFileMaxBytes));
  keys.sender_ca_pem = ToBytes(peer->sender_ca);
  const auto opened = OpenPackage(env, house.Path(row.folder), keys, env.clock.Now(), folder);
  if (!opened) return std::unexpected(opened.error());
  return {};
}

}  // namespace

Result<json> NoteOpened(House& house, const Actor& actor, const OpenedPackage& opened) {
  const auto row = TRY(request_rows::FindReceivedPackage(house.db(), opened.sender, opened.package));
  if (!row) return json(nullptr);
  auto noted = Note(house, actor, *row, opened.folder);
  if (!noted) return NotNoted(noted.error());
  return noted;
}

Result<json> NoteReceived(House& house, const Actor& actor, const std::string& sender, const std::string& package) {
  const auto row = TRY(request_rows::FindReceivedPackage(house.db(), sender, package));
  if (!row || row->kind != Text(PackageKind::kReferral)) return json(nullptr);
  const Reader reader = TRY(ReadAs(house, actor.officer));
  const int64_t known = TRY(coordination_rows::CountKeysOf(house.db(), reader.viewer.To(DataAct::kCount), package));
  if (known > 0) return json{{"source", package}, {"noted_before", known}};
  const std::string folder = house.Path("packages/received/.noting-" + package);
  TRY(house.env().files.RemoveTree(folder));  // of a run that was killed
  const Status opened = OpenInto(house, *row, folder);
  Result<json> noted = opened ? Note(house, actor, *row, folder) : std::unexpected(opened.error());
  TRY(house.env().files.RemoveTree(folder));
  if (!noted) return NotNoted(noted.error());
  return noted;
}

}  // namespace crossguard
