// One record as a small tree, whatever its syntax: XML elements, or JSON members (an array is its elements, each under
// the array's name). A reader takes what it knows; what nobody took is kept as unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/records.h"

namespace crossguard::intake {

struct Attribute {
  std::string name;
  std::string value;
  bool taken = false;
};

struct Node {
  std::string name;
  std::string text;
  std::vector<Attribute> attributes;
  std::vector<Node> children;
  std::string place;  // set by SetPlaces
  bool taken = false;

  // The first child of that name, marked as taken; nullptr if there is none.
  Node* Take(std::string_view child);
  std::vector<Node*> TakeAll(std::string_view child);
  std::string TakeText(std::string_view child);          // trimmed; "" if absent
  std::optional<bool> TakeFlag(std::string_view child);  // what is no yes or no stays unknown
  std::string TakeAttribute(std::string_view attribute);
  std::optional<bool> TakeAttributeFlag(std::string_view attribute);
  std::string Trimmed() const;
};

std::optional<bool> ReadFlag(std::string_view text);     // true/false, yes/no, 1/0, in any case
std::optional<int64_t> ReadPort(std::string_view text);  // 1..65535

// place of every node below: "<prefix>/name", with [n] where siblings share the name.
void SetPlaces(Node& node, std::string prefix);
// Everything below that was not taken.
void CollectUnknown(const Node& node, const std::string& path, std::vector<UnknownField>& out);

// The vocabulary of the report XML (domain: ispws) and of the police-side JSON. place: "record 3".
ReportRecord ReportFromXml(Node& node, const std::string& place);
FileRecord FileFromXml(Node& node, const std::string& place);
ReportRecord ReportFromJson(Node& node, const std::string& place);

// Used by both vocabularies.
SelectorRecord MakeSelector(SelectorType type, std::string raw, std::string place);
void AddValue(AccountRecord& account, std::string field, std::string value, std::string place);

}  // namespace crossguard::intake
