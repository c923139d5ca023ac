// A plain judge of bags (BagIt 1.0, RFC 8493) and of lists of digests, written from the RFC and sharing nothing with
// the code it judges but SHA-256. A bag is a map of names and bytes.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/digest.h"

namespace crossguard {

using Findings = std::vector<std::string>;

inline std::string HexOf(const std::string& bytes) {
  return HashSha256(AsBytes(bytes)).hex();
}
// %0A, %0D and %25 are how a name holds a line end or a percent sign (RFC 8493, 2.1.3).
inline std::string DecodedName(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const std::string three = name.substr(i, 3);
    const char decoded = three == "%0A" || three == "%0a"   ? '\n'
                         : three == "%0D" || three == "%0d" ? '\r'
                         : three == "%25"                   ? '%'
                                                            : '\0';
    out += decoded == '\0' ? name[i] : decoded;
    if (decoded != '\0') i += 2;
  }
  return out;
}

// "<hex>  <name>" lines: name -> digest.
inline std::map<std::string, std::string> ReadManifest(const std::string& text, const std::string& what,
                                                       Findings& bad) {
  std::map<std::string, std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.find_first_of(" \t");
    const size_t name = line.find_first_not_of(" \t*", space);
    if (space != 64 || name == std::string::npos) {
      bad.push_back(what + ": not a line of a manifest: " + line);
      continue;
    }
    const std::string path = DecodedName(line.substr(name));
    if (path.starts_with("/") || path.starts_with("~") || ("/" + path + "/").find("/../") != std::string::npos ||
        path.find('\\') != std::string::npos || path.find("//") != std::string::npos)
      bad.push_back(what + ": a name that leads out: " + path);
    if (!out.emplace(path, line.substr(0, 64)).second) bad.push_back(what + ": twice: " + path);
  }
  if (!text.empty() && text.back() != '\n') bad.push_back(what + ": the last line has no end");
  return out;
}

inline void CompareDigests(const std::map<std::string, std::string>& listed,
                           const std::map<std::string, std::string>& files, const std::string& what, Findings& bad) {
  for (const auto& [path, bytes] : files) {
    const auto found = listed.find(path);
    if (found == listed.end())
      bad.push_back(what + " leaves out " + path);
    else if (found->second != HexOf(bytes))
      bad.push_back(what + " has another digest for " + path);
  }
  for (const auto& [path, digest] : listed) {
    if (!files.contains(path)) bad.push_back(what + " names " + path + ", which is not there");
  }
}

// What is wrong with the bag; empty: complete and valid.
inline Findings JudgeBag(const std::map<std::string, std::string>& bag) {
  Findings bad;
  std::map<std::string, std::string> payload, tags;
  uint64_t payload_bytes = 0;
  for (const auto& [path, bytes] : bag) {
    if (path.starts_with("data/")) {
      payload[path] = bytes;
      payload_bytes += bytes.size();
    } else if (!path.starts_with("tagmanifest-")) {
      tags[path] = bytes;
    }
  }
  const auto text = [&](const std::string& path) { return bag.contains(path) ? bag.at(path) : std::string(); };
  if (text("bagit.txt") != "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n") bad.push_back("bagit.txt");
  if (bag.contains("fetch.txt")) bad.push_back("fetch.txt");
  size_t manifests = 0;
  for (const auto& [path, bytes] : bag) {
    if (path.starts_with("manifest-")) {
      ++manifests;
      CompareDigests(ReadManifest(bytes, path, bad), payload, path, bad);
    }
    if (path.starts_with("tagmanifest-")) CompareDigests(ReadManifest(bytes, path, bad), tags, path, bad);
  }
  if (manifests == 0) bad.push_back("no manifest");
  if (!bag.contains("tagmanifest-sha256.txt")) bad.push_back("no tag manifest");
  std::istringstream info(text("bag-info.txt"));
  size_t oxums = 0;
  for (std::string line; std::getline(info, line);) {
    if (line.find(": ") == std::string::npos) bad.push_back("bag-info.txt: " + line);
    if (!line.starts_with("Payload-Oxum: ")) continue;
    ++oxums;
    const std::string right = std::to_string(payload_bytes) + "." + std::to_string(payload.size());
    if (line != "Payload-Oxum: " + right) bad.push_back(line + ", and it is " + right);
  }
  if (oxums != 1) bad.push_back("bag-info.txt has no one Payload-Oxum");
  return bad;
}

}  // namespace crossguard
