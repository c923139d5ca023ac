#include "app/packages.h"

#include "app/cosign_desk.h"
#include "crypto/x509.h"
#include "package/open.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kVerifierSizeMaxBytes = 4096;

struct Located {
  std::string folder;
  Bytes sender_ca_pem;
  OuterFacts outer;
};

json OuterJson(const OuterFacts& outer) {
  return {{"package", outer.package_id},
          {"sender", outer.sender},
          {"recipient", outer.recipient},
          {"created", outer.created},
          {"payload_bytes", outer.payload_bytes}};
}

// Finds the folder and checks its outside: that alone says for whom it is.
Result<Located> Locate(Env& env, const PackageToOpen& package, const std::string& data_folder) {
  Located out;
  out.folder = package.package;
  if (!env.files.Exists(out.folder + "/OUTER.json")) {
    const std::string by_id = data_folder + "/packages/sealed/" + package.package;
    if (package.package.find('/') != std::string::npos || !env.files.Exists(by_id + "/OUTER.json")) {
      return Fail(Code::kNotFound, "'" + package.package + "' is neither a package folder nor a package of '" +
                                       data_folder + "'; see `crossguard package list`.");
    }
    out.folder = by_id;
  }
  const std::string ca_path =
      package.sender_ca_path.empty() ? data_folder + "/keys/sender-ca.crt" : package.sender_ca_path;
  if (!env.files.Exists(ca_path))
    return Fail(Code::kNotFound,
                "Give the certificate of the authority that vouches for the sender with --sender-ca FILE.");
  out.sender_ca_pem = TRY(env.files.ReadWhole(ca_path, kPemMaxBytes));
  out.outer = TRY(VerifyOuter(env, out.folder, out.sender_ca_pem, env.clock.Now()));
  return out;
}

struct KeyPaths {
  std::string authority, certificate, key;
};
KeyPaths PathsFor(const PackageToOpen& package, const OuterFacts& outer, const std::string& data_folder) {
  const std::string authority = package.authority.empty() ? outer.recipient : package.authority;
  const std::string example = data_folder + "/example-authorities/" + authority;
  return {authority, package.certificate_path.empty() ? example + ".crt" : package.certificate_path,
          package.key_path.empty() ? example + ".key" : package.key_path};
}

Result<OpenKeys> KeysFrom(Env& env, const KeyPaths& paths, const Bytes& sender_ca_pem) {
  if (!env.files.Exists(paths.certificate) || !env.files.Exists(paths.key)) {
    return Fail(Code::kNotFound,
                "Give the certificate and the key of '" + paths.authority + "' with --cert FILE and --key FILE.");
  }
  // Not inside the braces: g++ 12 leaks the fields before one that returns early.
  Bytes certificate_pem = TRY(env.files.ReadWhole(paths.certificate, kPemMaxBytes));
  Bytes key_pem = TRY(env.files.ReadWhole(paths.key, kPemMaxBytes));
  return OpenKeys{.authority = paths.authority,
                  .certificate_pem = std::move(certificate_pem),
                  .key_pem = std::move(key_pem),
                  .sender_ca_pem = sender_ca_pem};
}

json VerifiedJson(const VerifiedPackage& verified) {
  json out = OuterJson(verified.outer());
  out["verified"] = "everything";
  out["kind"] = verified.kind();
  out["operation"] = verified.operation();
  out["gateway"] = verified.gateway();
  out["accounts"] = verified.account_count();
  out["files"] = verified.file_count();
  out["contents_sha256"] = verified.contents_sha256().hex();
  return out;
}

json LedgerJson(const LedgerReport& report) {
  return {{"verified", true},
          {"leaves", report.leaf_count},
          {"published", report.published_count},
          {"root", report.root.hex()}};
}

}  // namespace

Result<json> VerifyPackageFolder(Env& env, const PackageToOpen& package, const std::string& data_folder) {
  const Located located = TRY(Locate(env, package, data_folder));
  const KeyPaths paths = PathsFor(package, located.outer, data_folder);
  const bool key_given = !package.key_path.empty() || env.files.Exists(paths.key);
  if (!key_given) {
    json out = OuterJson(located.outer);
    out["verified"] = "outside";
    return out;
  }
  const OpenKeys keys = TRY(KeysFrom(env, paths, located.sender_ca_pem));
  return VerifiedJson(TRY(VerifyPackage(env, located.folder, keys, env.clock.Now(), located.folder)));
}

Result<json> OpenPackageFolder(Env& env, const PackageToOpen& package, const std::string& data_folder,
                               const std::string& output_folder) {
  const Located located = TRY(Locate(env, package, data_folder));
  const OpenKeys keys = TRY(KeysFrom(env, PathsFor(package, located.outer, data_folder), located.sender_ca_pem));
  const VerifiedPackage verified = TRY(OpenPackage(env, located.folder, keys, env.clock.Now(), output_folder));
  json out = VerifiedJson(verified);
  out["folder"] = verified.folder();
  return out;
}

Result<json> VerifyLedger(House& house) {
  json out = LedgerJson(TRY(house.ledger().Verify(house.db())));
  const json witnesses = TRY(ShowWitnesses(house));
  out["cosigned"] = witnesses["cosigned"];
  out["quorum_size"] = witnesses["quorum_size"];
  out["alarms"] = witnesses["alarms"].size();
  return out;
}

Result<json> VerifyLedgerCopy(Env& env, const std::string& folder, const std::string& verifier_path) {
  const std::string path = verifier_path.empty() ? folder + "/verifier.txt" : verifier_path;
  const Bytes text = TRY(env.files.ReadWhole(path, kVerifierSizeMaxBytes));
  std::string line(AsText(text));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  const NoteVerifier verifier = TRY(ParseVerifier(line));
  return LedgerJson(TRY(VerifyLedgerFolder(env.files, folder, verifier)));
}

}  // namespace crossguard
