// Sealing and opening the payload of a package, against the stock age program; the limit is its cipher alone, in
// memory.
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "benches.h"
#include "crypto/age.h"

namespace crossguard::bench {
namespace {

constexpr size_t kFileBytes = size_t{48} << 20;
constexpr double kMegabytes = static_cast<double>(kFileBytes) / 1e6;

// ChaCha20-Poly1305 in chunks of 64 KiB, as the format has it.
void CipherAlone(ByteView bytes) {
  constexpr size_t kChunk = size_t{64} * 1024;
  Bytes out(kChunk);
  const std::array<uint8_t, 32> key{};
  const std::array<uint8_t, 12> nonce{};
  std::array<uint8_t, 16> tag{};
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  StopUnless(EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nullptr, key.data(), nonce.data()) == 1,
             "OpenSSL refused the cipher.");
  int written = 0;
  for (size_t at = 0; at < bytes.size(); at += kChunk) {
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data());
    EVP_EncryptUpdate(context, out.data(), &written, bytes.data() + at,
                      static_cast<int>(std::min(kChunk, bytes.size() - at)));
    EVP_EncryptFinal_ex(context, out.data(), &written);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data());
  }
  EVP_CIPHER_CTX_free(context);
}

// Where both sides put what they make.
class Nowhere {
 public:
  Nowhere() : file_(open("/dev/null", O_WRONLY | O_CLOEXEC)) {}
  Nowhere(const Nowhere&) = delete;
  Nowhere& operator=(const Nowhere&) = delete;
  ~Nowhere() { close(file_); }
  Sink sink() {
    return [this](ByteView bytes) -> Status {
      StopUnless(write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "/dev/null is full.");
      return {};
    };
  }

 private:
  int file_;
};

}  // namespace

void BenchAge(SideBySide& table) {
  if (!HasProgram("age")) return table.Skip("age", "the stock age program is not installed");
  SeededRandom random(3);
  const AgeIdentity identity = AgeIdentity::Make(random);
  const Bytes content = NoiseOf(kFileBytes, 2);
  const std::string plain = table.Path("age.bin"), sealed = table.Path("age.bin.age"), key = table.Path("age.key");
  WriteFile(plain, content);
  WriteFile(sealed, OrStop(SealAgeSmall(content, std::span(&identity.recipient(), 1), random)));
  WriteFile(key, AsBytes(identity.RevealText() + "\n"));
  const Contender cipher = ByCpu("its cipher alone", [&] { CipherAlone(content); });
  Nowhere nowhere;

  table.Compare({.what = "age: a file sealed",
                 .amount = kMegabytes,
                 .unit = "MB",
                 .ours = ByCpu("sealer",
                               [&] {
                                 AgeSealer sealer = OrStop(
                                     AgeSealer::Start(std::span(&identity.recipient(), 1), random, nowhere.sink()));
                                 ReadInPieces(plain, [&](ByteView piece) { OrStop(sealer.Write(piece)); });
                                 OrStop(sealer.Finish());
                               }),
                 .peer = ProgramByCpu("age", {"age", "-r", identity.recipient().text(), "-o", "/dev/null", plain}),
                 .limit = cipher});
  table.Compare({.what = "age: a file opened",
                 .amount = kMegabytes,
                 .unit = "MB",
                 .ours = ByCpu("opener",
                               [&] {
                                 const int file = open(sealed.c_str(), O_RDONLY | O_CLOEXEC);
                                 OrStop(OpenAge(
                                     std::span(&identity, 1),
                                     [&](std::span<uint8_t> out) -> Result<size_t> {
                                       const ssize_t got = read(file, out.data(), out.size());
                                       StopUnless(got >= 0, "The sealed file cannot be read.");
                                       return static_cast<size_t>(got);
                                     },
                                     nowhere.sink()));
                                 close(file);
                               }),
                 .peer = ProgramByCpu("age -d", {"age", "-d", "-i", key, "-o", "/dev/null", sealed}),
                 .limit = cipher});
}

}  // namespace crossguard::bench
