// Reads outer.json for the tests of this room.
#include <nlohmann/json.hpp>

#include "exchange/transport.h"

namespace crossguard::exchange {

Result<ParcelOuter> ParseOuter(ByteView bytes) {
  const auto json = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_object()) return Fail(Code::kInvalid, "outer.json is not an object.");
  if (json.value("protocol", 0) != kProtocol) return Fail(Code::kUnsupported, "Another protocol.");
  ParcelOuter out{.id = json.value("id", ""), .from = json.value("from", ""), .to = json.value("to", ""), .files = {}};
  for (const auto& file : json["files"]) {
    ParcelFile said{.name = file["name"], .size_bytes = file["size_bytes"], .sha256 = {}};
    said.sha256 = TRY(Sha256::FromHexText(file["sha256"].get_ref<const std::string&>()));
    out.files.push_back(std::move(said));
  }
  return out;
}

}  // namespace crossguard::exchange
