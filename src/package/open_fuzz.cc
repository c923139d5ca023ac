// Any bytes as what a sender sealed: as files (path 0x1F content 0x1E ...) in a tar that is made and sealed here, so
// that the readers inside are reached; as the tar itself; and as payload.age. The signatures are of no price
// (package/seals.h). No crash, and nothing is written outside of the folder that is for it.
#include <algorithm>
#include <cstdlib>

#include "crypto/age.h"
#include "env/memory_files.h"
#include "package/container.h"
#include "package/seals.h"
#include "package/stage.h"

namespace {
using namespace crossguard;  // NOLINT

// Proven by a digest: what certificates and envelopes may be is for crypto/cms_fuzz.cc.
class DigestSeals final : public Seals {
 public:
  DigestSeals(Certificate sender, Bytes secret) : sender_(std::move(sender)), secret_(std::move(secret)) {}
  static Bytes Sign(ByteView content) { return ToBytes(HashSha256(content).hex()); }

  Result<Certificate> SignerOf(ByteView signature, ByteView content) const override {
    if (ToBytes(signature) == Sign(content)) return sender_;
    return Fail(Code::kCorrupt, "The signature is not of these bytes.");
  }
  Result<Bytes> Open(ByteView) const override { return secret_; }

 private:
  Certificate sender_;
  Bytes secret_;
};

// The sender, and the payload's key.
struct World {
  SeededRandom random{1};
  ManualClock clock{*ParseInstant("2024-06-01T12:00:00Z")};
  PrivateKey ca_key = PrivateKey::MakeP256(random);
  PrivateKey key = PrivateKey::MakeP256(random);
  Certificate ca = *MakeSelfSigned(Spec("Example CA", CertificateUse::kAuthority), ca_key, random);
  Certificate sender = *MakeCertificate(Spec("sender", CertificateUse::kSigner), key, ca, ca_key, random);
  AgeIdentity identity = AgeIdentity::Make(random);
  Sha256 fingerprint = sender.Fingerprint();
  Bytes envelope = ToBytes("an envelope");
  DigestSeals seals{sender, ToBytes(identity.RevealText() + "\n")};

  static CertificateSpec Spec(const char* name, CertificateUse use) {
    return {.common_name = name,
            .organization = "Example",
            .country = "NO",
            .use = use,
            .not_before = *ParseInstant("2020-01-01T00:00:00Z"),
            .not_after = *ParseInstant("2090-01-01T00:00:00Z")};
  }

  void Open(const Bytes& payload) {
    MemoryFiles files(1);
    Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
    OuterPage page{.package = "pkg-a",
                   .created = ToText(clock.Now()),
                   .sender = "nz-dia",
                   .recipient = "at-bk",
                   .envelope = "key-at-bk.cms",
                   .sender_certificate = fingerprint,
                   .recipient_certificate = fingerprint,
                   .envelope_sha256 = HashSha256(envelope),
                   .payload_bytes = payload.size(),
                   .parts = {}};
    if (!payload.empty()) page.parts.push_back(HashSha256(payload));
    const std::string text = OuterText(page);
    (void)files.MakeFolders("/in");
    (void)files.WriteWhole("/in/OUTER.json", AsBytes(text));
    (void)files.WriteWhole("/in/OUTER.json.p7s", DigestSeals::Sign(AsBytes(text)));
    (void)files.WriteWhole("/in/key-at-bk.cms", envelope);
    (void)files.WriteWhole("/in/payload.age", payload);
    (void)CheckPackage(env, "/in", "at-bk", seals, "/in");
    const auto names = files.List("/");
    if (!names) std::abort();
    for (const std::string& name : *names) {
      if (name != "in" && name != "in.verifying") std::abort();
    }
    if (files.List("/in")->size() != 4) std::abort();
  }
};
}  // namespace

namespace {
Bytes TarOfFiles(std::string_view text) {
  Bytes tar;
  TarWriter writer(SinkTo(tar));
  while (!text.empty()) {
    const std::string_view record = text.substr(0, text.find('\x1E'));
    text.remove_prefix(std::min(record.size() + 1, text.size()));
    const size_t cut = std::min(record.find('\x1F'), record.size());
    const std::string_view content = cut < record.size() ? record.substr(cut + 1) : std::string_view();
    (void)writer.Add(std::string(record.substr(0, cut)), AsBytes(content));
  }
  return tar;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const ByteView given(data, size);
  // What looks like a payload is taken for one, all else for what is in it.
  if (AsText(given).starts_with("age-encryption.org/")) {
    world.Open(ToBytes(given));
    return 0;
  }
  const bool as_files = AsText(given).find('\x1F') != std::string_view::npos;
  const Bytes files = as_files ? TarOfFiles(AsText(given)) : Bytes();
  const ByteView bytes = as_files ? ByteView(files) : given;
  const AgeRecipient recipients[] = {world.identity.recipient()};
  // The list of digests and its signature are added: of a tar that has none, the seals above it are right.
  DigestList sums;
  std::string path;
  Sha256Stream digest;
  TarReader reader({.on_file = [&](const std::string& name, uint64_t) -> Status {
                      path = name;
                      return {};
                    },
                    .on_bytes = [&](ByteView piece) -> Status {
                      digest.Update(piece);
                      return {};
                    },
                    .on_file_end = [&]() -> Status {
                      sums[path] = digest.Finish();
                      return {};
                    }});
  Bytes plain = ToBytes(bytes);
  if (reader.Feed(bytes)) {
    const std::string list = DigestLines(sums);
    TarWriter writer(SinkTo(plain));
    (void)writer.Add(std::string(kSumsName), AsBytes(list));
    (void)writer.Add(std::string(kSumsSignatureName), DigestSeals::Sign(AsBytes(list)));
    (void)writer.End();
  }
  world.Open(*SealAgeSmall(plain, recipients, world.random));
  return 0;
}
