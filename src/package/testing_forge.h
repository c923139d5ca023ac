// For tests of opening: seals any contents as their sender would, with whatever shall be wrong. The tar, the list of
// digests and the pages are written here by hand; only the seals themselves come from crypto/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/age.h"
#include "crypto/cms.h"
#include "package/testing_world.h"

namespace crossguard {

struct TarEntry {
  std::string name;
  std::string bytes;
  char type = '0';
  std::string link;
};

inline std::string RawTarHeader(const TarEntry& entry) {
  std::string block(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { block.replace(at, text.size(), text); };
  const auto octal = [](uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*lo", digits, static_cast<unsigned long>(value));
    return std::string(text);
  };
  put(0, entry.name.substr(0, 100));
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(entry.type == '0' || entry.type == 'x' ? entry.bytes.size() : 0, 11));
  put(136, "00000000000");
  put(148, "        ");
  block[156] = entry.type;
  put(157, entry.link);
  put(257, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + std::string("\0 ", 2));
  return block;
}
inline std::string RawTar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& entry : entries) {
    out += RawTarHeader(entry);
    if (entry.type != '0' && entry.type != 'x') continue;
    out += entry.bytes;
    out += std::string((512 - entry.bytes.size() % 512) % 512, '\0');
  }
  return out + std::string(1024, '\0');
}

struct Forgery {
  FileMap inside;                                           // without SHA256SUMS and its signature
  std::function<void(FileMap& inside)> contents;            // before the list of digests is made and signed
  std::function<void(std::string& sums)> sums;              // of the list, before it is signed
  std::function<void(std::vector<TarEntry>& entries)> tar;  // after it was signed
  std::function<void(std::string& payload_plain)> plain;    // the tar's bytes, before age
  std::function<void(nlohmann::json& outer)> outer;         // before it is signed
  std::function<void(std::string& envelope)> envelope;      // replaces it; OUTER.json names what it is then
  std::string inner_signer;                                 // name of the key that signs inside; the sender's
};

// kept: what the sender's key and the recipient's certificate are called in world.root()/keys.
inline void Forge(const World& world, const std::string& folder, const nlohmann::json& real_outer,
                  const Forgery& forgery) {
  const std::string sender = real_outer["sender"]["authority"];
  const std::string recipient = real_outer["recipient"]["authority"];
  const Instant at = *ParseInstant("2022-03-10T12:00:00Z");
  SeededRandom random(3);
  const auto certificate = [&](const std::string& name) {
    return MUST(Certificate::LoadPem(AsText(world.Pem(name + ".crt"))));
  };
  const auto key = [&](const std::string& name) { return MUST(PrivateKey::LoadPem(AsText(world.Pem(name + ".key")))); };

  FileMap inside = forgery.inside;
  if (forgery.contents) forgery.contents(inside);
  std::string sums;
  for (const auto& [path, bytes] : inside) sums += HashSha256(AsBytes(bytes)).hex() + "  " + path + "\n";
  if (forgery.sums) forgery.sums(sums);
  const std::string signer = forgery.inner_signer.empty() ? sender : forgery.inner_signer;
  const Bytes signature = MUST(SignDetached(AsBytes(sums), certificate(signer), key(signer), {}, at));
  std::vector<TarEntry> entries;
  for (const auto& [path, bytes] : inside) entries.push_back({.name = path, .bytes = bytes, .link = ""});
  entries.push_back({.name = "SHA256SUMS", .bytes = sums, .link = ""});
  entries.push_back({.name = "SHA256SUMS.p7s", .bytes = std::string(AsText(signature)), .link = ""});
  if (forgery.tar) forgery.tar(entries);
  std::string plain = RawTar(entries);
  if (forgery.plain) forgery.plain(plain);

  const AgeIdentity identity = AgeIdentity::Make(random);
  const AgeRecipient recipients[] = {identity.recipient()};
  const std::string payload(AsText(MUST(SealAgeSmall(AsBytes(plain), recipients, random))));
  const Certificate to[] = {certificate(recipient)};
  std::string envelope(AsText(MUST(SealEnvelope(AsBytes(identity.RevealText() + "\n"), to, at))));
  if (forgery.envelope) forgery.envelope(envelope);

  nlohmann::json outer = real_outer;
  outer["recipient"]["envelope_sha256"] = HashSha256(AsBytes(envelope)).hex();
  outer["payload"]["size_bytes"] = payload.size();
  outer["payload"]["parts_sha256"] = {HashSha256(AsBytes(payload)).hex()};
  if (forgery.outer) forgery.outer(outer);
  const std::string page = outer.dump() + "\n";  // keys sorted, no spaces: as canonical JSON is for such a page
  WriteText(folder + "/OUTER.json", page);
  WriteText(folder + "/OUTER.json.p7s",
            AsText(MUST(SignDetached(AsBytes(page), certificate(sender), key(sender), {}, at))));
  WriteText(folder + "/key-" + recipient + ".cms", envelope);
  WriteText(folder + "/payload.age", payload);
}

}  // namespace crossguard
