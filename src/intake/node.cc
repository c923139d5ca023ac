#include "intake/node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace crossguard::intake {
namespace {

std::string_view TrimView(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<bool> ReadFlag(std::string_view text) {
  std::string lower(TrimView(text).substr(0, 8));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "true" || lower == "yes" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "0") return false;
  return std::nullopt;
}

bool SaysNo(const Node& node) {
  return ReadFlag(node.text) == std::optional(false);
}

std::optional<int64_t> ReadPort(std::string_view text) {
  text = TrimView(text);
  int64_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65'535) return std::nullopt;
  return port;
}

Node* Node::Take(std::string_view child) {
  for (Node& node : children) {
    if (node.name != child || node.taken) continue;
    node.taken = true;
    return &node;
  }
  return nullptr;
}

std::vector<Node*> Node::TakeAll(std::string_view child) {
  std::vector<Node*> out;
  for (Node& node : children) {
    if (node.name != child || node.taken) continue;
    node.taken = true;
    out.push_back(&node);
  }
  return out;
}

std::string Node::Trimmed() {
  text_read = true;
  return std::string(TrimView(text));
}

std::string_view Node::Peek(std::string_view child) const {
  for (const Node& node : children) {
    if (node.name == child && !node.taken) return TrimView(node.text);
  }
  return {};
}

bool Node::HasChild(std::string_view child) const {
  return std::ranges::any_of(children, [&](const Node& node) { return node.name == child && !node.taken; });
}

std::string Node::TakeText(std::string_view child) {
  Node* node = Take(child);
  return node == nullptr ? "" : node->Trimmed();
}

std::optional<bool> Node::TakeFlag(std::string_view child) {
  for (Node& node : children) {
    if (node.name != child || node.taken) continue;
    const auto flag = ReadFlag(node.text);
    node.text_read = flag.has_value();
    node.taken = flag.has_value() || TrimView(node.text).empty();
    return flag;
  }
  return std::nullopt;
}

std::string Node::TakeAttribute(std::string_view attribute) {
  for (Attribute& a : attributes) {
    if (a.name != attribute) continue;
    a.taken = true;
    return std::string(TrimView(a.value));
  }
  return "";
}

std::optional<bool> Node::TakeAttributeFlag(std::string_view attribute) {
  for (Attribute& a : attributes) {
    if (a.name != attribute) continue;
    const auto flag = ReadFlag(a.value);
    a.taken = flag.has_value();
    return flag;
  }
  return std::nullopt;
}

void SetPlaces(Node& node, std::string prefix) {
  std::map<std::string_view, std::pair<size_t, size_t>> names;  // name -> how many, how many seen
  for (const Node& child : node.children) ++names[child.name].first;
  for (Node& child : node.children) {
    auto& [total, seen] = names[child.name];
    ++seen;
    child.place = prefix + '/' + child.name + (total > 1 ? '[' + std::to_string(seen) + ']' : "");
    SetPlaces(child, child.place);
  }
  node.place = std::move(prefix);
}

void CollectUnknown(const Node& node, const std::string& path, std::vector<UnknownField>& out) {
  for (const Attribute& attribute : node.attributes) {
    if (!attribute.taken) out.push_back({path + '@' + attribute.name, attribute.value});
  }
  for (const Node& child : node.children) {
    const size_t slash = child.place.rfind('/');
    const std::string below =
        (path.empty() ? "" : path + '/') + (slash == std::string::npos ? child.name : child.place.substr(slash + 1));
    const std::string_view text = TrimView(child.text);
    if (text.empty() ? !child.taken && child.children.empty() : !child.text_read)
      out.push_back({below, std::string(text)});
    CollectUnknown(child, below, out);
  }
}

SelectorRecord MakeSelector(SelectorType type, std::string raw, std::string place) {
  SelectorRecord out;
  out.type = type;
  out.raw = std::move(raw);
  out.place = std::move(place);
  return out;
}

void AddValue(AccountRecord& account, std::string field, std::string value, std::string place) {
  if (!value.empty()) account.values.push_back({std::move(field), std::move(value), std::move(place)});
}

void AddText(std::string& to, const std::string& text) {
  if (text.empty()) return;
  if (!to.empty()) to += '\n';
  to += text;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 200 && text.find('\n') == std::string_view::npos;
}

bool SameWord(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view& text) {
    while (!text.empty()) {
      char c = text.front();
      text.remove_prefix(1);
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) return c;
    }
    return '\0';
  };
  while (true) {
    const char from_a = next(a);
    if (from_a != next(b)) return false;
    if (from_a == '\0') return true;
  }
}

std::string AnnotationName(std::string_view text) {
  // Of reports, then of files.
  static constexpr std::array<std::string_view, 18> kNames = {"sextortion",
                                                              "csamSolicitation",
                                                              "minorToMinorInteraction",
                                                              "spam",
                                                              "sadisticOnlineExploitation",
                                                              "informational",
                                                              "potentialAggravatingFactors",
                                                              "instrumentalUse",
                                                              "animeDrawingVirtualHentai",
                                                              "potentialMeme",
                                                              "viral",
                                                              "possibleSelfProduction",
                                                              "physicalHarm",
                                                              "violenceGore",
                                                              "bestiality",
                                                              "liveStreaming",
                                                              "infant",
                                                              "generativeAi"};
  for (const std::string_view name : kNames) {
    if (SameWord(name, text)) return std::string(name);
  }
  return std::string(text);
}

}  // namespace crossguard::intake
