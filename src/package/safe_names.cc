#include "package/safe_names.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace crossguard {
namespace {

// Windows opens the device, not a file, whatever the extension and whatever the folder.
bool IsDeviceName(std::string_view part) {
  const std::string stem = FoldCase(part.substr(0, part.find('.')));
  constexpr std::array<std::string_view, 6> kDevices = {"con", "prn", "aux", "nul", "conin$", "conout$"};
  if (std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end()) return true;
  const bool port = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt"));
  return port && stem[3] >= '0' && stem[3] <= '9';
}

}  // namespace

std::string FoldCase(std::string_view path) {
  std::string out(path);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

Status CheckSafePath(std::string_view path) {
  const auto refuse = [](std::string_view why) {
    return Fail(Code::kInvalid, "A name in the package " + std::string(why) + "; do not use this package.");
  };
  if (path.empty()) return refuse("is empty");
  if (path.size() > kPathMaxBytes) return refuse("is longer than 1024 bytes");
  if (!IsUtf8(path)) return refuse("is not UTF-8");
  if (path.front() == '/') return refuse("is absolute");
  if (path.front() == '~') return refuse("begins with ~");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return refuse("holds a control character");
    if (c == '%') return refuse("holds a percent sign");  // BagIt's manifests read it as the begin of an escape
    if (c == '\\' || c == ':' || c == '*' || c == '?' || c == '"' || c == '<' || c == '>' || c == '|')
      return refuse("holds a character that is not safe in names");
  }
  size_t parts = 0;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty()) return refuse("has an empty part");
    if (part == "." || part == "..") return refuse("leads out of its folder");
    if (part.size() > kPathPartMaxBytes) return refuse("has a part longer than 255 bytes");
    if (part.back() == '.' || part.back() == ' ') return refuse("ends a part in a dot or a space");
    if (IsDeviceName(part)) return refuse("is a device name");
    if (++parts > kPathPartsMax) return refuse("has more than 16 parts");
    begin = end + 1;
  }
  return {};
}

}  // namespace crossguard
