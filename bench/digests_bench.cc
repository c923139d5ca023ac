// Three digests in one pass: in memory against OpenSSL three times, and of a file against the program that a forensic
// examiner has at hand. One stream of MD5 is a chain of dependent steps: no way of doing all
// three is faster than that.
#include <openssl/evp.h>

#include <array>

#include "benches.h"
#include "crypto/digest.h"

namespace crossguard::bench {
namespace {

constexpr size_t kFileBytes = size_t{24} << 20;
constexpr double kMegabytes = static_cast<double>(kFileBytes) / 1e6;

void Evp(const EVP_MD* algorithm, ByteView bytes) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  StopUnless(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) == 1,
             "OpenSSL refused a digest.");
}

// Many small files, as most of a seizure is: the program's start counts little, opening them counts for both.
void BenchSmallFiles(SideBySide& table) {
  constexpr size_t kFiles = 64, kBytes = 300'000;
  std::vector<std::string> paths, hashdeep{"hashdeep", "-c", "md5,sha1,sha256", "-j0"};
  for (size_t i = 0; i < kFiles; ++i) {
    paths.push_back(table.Path("small_" + std::to_string(i)));
    WriteFile(paths.back(), NoiseOf(kBytes, i));
  }
  hashdeep.insert(hashdeep.end(), paths.begin(), paths.end());
  table.Compare({.what = "MD5+SHA-1+SHA-256 of 64 files of 300 KB",
                 .amount = static_cast<double>(kFiles * kBytes) / 1e6,
                 .unit = "MB",
                 .ours = ByCpu("one pass, one after the other",
                               [&] {
                                 for (const std::string& path : paths) {
                                   DigestStream stream;
                                   ReadInPieces(path, [&](ByteView piece) { stream.Update(piece); });
                                   StopUnless(stream.Finish().size_bytes == kBytes, "A digest lost bytes.");
                                 }
                               }),
                 .peer = ProgramByCpu("hashdeep -j0", hashdeep),
                 .target = Target{"E1", 5}});
}

}  // namespace

void BenchDigests(SideBySide& table) {
  const Bytes bytes = NoiseOf(kFileBytes, 1);
  const std::string path = table.Path("digests.bin");
  WriteFile(path, bytes);
  const Digests expected = HashAll(bytes);
  DigestStream judge(DigestWay::kOpenSsl);
  judge.Update(bytes);
  StopUnless(judge.Finish() == expected, "The digests differ from OpenSSL's.");
  const Contender ours = ByCpu("one pass", [&] {
    DigestStream stream;
    ReadInPieces(path, [&](ByteView piece) { stream.Update(piece); });
    StopUnless(stream.Finish() == expected, "The digests of one file differ.");
  });
  const Contender md5 = ByCpu("MD5 alone", [&] { Evp(EVP_md5(), bytes); });
  table.Compare(
      {.what = "MD5+SHA-1+SHA-256 in memory",
       .amount = kMegabytes,
       .unit = "MB",
       .ours = ByCpu("one pass", [&] { StopUnless(HashAll(bytes) == expected, "The digests of one file differ."); }),
       .peer = ByCpu("OpenSSL in turn",
                     [&] {
                       for (const EVP_MD* algorithm : {EVP_md5(), EVP_sha1(), EVP_sha256()}) Evp(algorithm, bytes);
                     }),
       .limit = md5,
       .target = Target{"E1", 1.3}});
  if (HasProgram("hashdeep")) {
    table.Compare({.what = "MD5+SHA-1+SHA-256 of a file",
                   .amount = kMegabytes,
                   .unit = "MB",
                   .ours = ours,
                   .peer = ProgramByCpu("hashdeep -j0", {"hashdeep", "-c", "md5,sha1,sha256", "-j0", path}),
                   .limit = md5,
                   .target = Target{"E1", 3}});
    BenchSmallFiles(table);
  } else {
    table.Skip("MD5+SHA-1+SHA-256 of a file", "hashdeep is not installed");
  }
  table.Compare({.what = "SHA-256 of a file",
                 .amount = kMegabytes,
                 .unit = "MB",
                 .ours = ByCpu("stream",
                               [&] {
                                 Sha256Stream stream;
                                 ReadInPieces(path, [&](ByteView piece) { stream.Update(piece); });
                                 StopUnless(stream.Finish() == expected.sha256, "The SHA-256 of one file differs.");
                               }),
                 .peer = ProgramByCpu("sha256sum", {"sha256sum", path}),
                 .limit = ByCpu("OpenSSL, in memory", [&] { Evp(EVP_sha256(), bytes); })});
}

}  // namespace crossguard::bench
