#include "package/case_jsonld.h"

#include "base/json.h"
#include "crypto/public_id.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string NodeId(std::string_view type, std::string_view natural) {
  return "kb:" + std::string(type) + "-" + UuidOf(std::string(type) + ":" + std::string(natural));
}
json Ref(std::string id) {
  return {{"@id", std::move(id)}};
}
json DateTime(const std::string& text) {
  return {{"@type", "xsd:dateTime"}, {"@value", text}};
}
json Integer(int64_t value) {
  return {{"@type", "xsd:integer"}, {"@value", std::to_string(value)}};
}
json Hash(std::string_view method, const std::string& hex, std::string_view owner) {
  return {{"@id", NodeId("hash", std::string(owner) + std::string(method))},
          {"@type", "uco-types:Hash"},
          {"uco-types:hashMethod", method},
          {"uco-types:hashValue", {{"@type", "xsd:hexBinary"}, {"@value", hex}}}};
}

json OrganizationNode(const Authority& authority) {
  return {{"@id", NodeId("organization", authority.id)},
          {"@type", "uco-identity:Organization"},
          {"uco-core:name", authority.name},
          {"cg:authorityId", authority.id}};
}

// Selector types and the observable each is.
struct Shape {
  std::string_view selector, type, facet, property;
};
constexpr Shape kShapes[] = {
    {"email", "uco-observable:EmailAddress", "uco-observable:EmailAddressFacet", "uco-observable:addressValue"},
    {"phone", "uco-observable:MobileAccount", "uco-observable:PhoneAccountFacet", "uco-observable:phoneNumber"},
    {"profile_url", "uco-observable:URL", "uco-observable:URLFacet", "uco-observable:fullValue"},
    {"device_id", "uco-observable:Device", "cg:DeviceIdentifierFacet", "cg:deviceIdentifier"},
    {"screen_name", "uco-observable:ObservableObject", "cg:ScreenNameFacet", "cg:screenName"},
    {"payment", "uco-observable:ObservableObject", "cg:PaymentFacet", "cg:paymentIdentifier"},
};

json SelectorNode(const std::string& type, const std::string& value) {
  const std::string natural = type + ":" + value;
  Shape shape{type, "uco-observable:ObservableObject", "cg:SelectorFacet", "cg:selectorValue"};
  for (const Shape& known : kShapes) {
    if (known.selector == type) shape = known;
  }
  if (type == "ip") {
    const bool six = value.find(':') != std::string::npos;
    shape = {type, six ? "uco-observable:IPv6Address" : "uco-observable:IPv4Address",
             six ? "uco-observable:IPv6AddressFacet" : "uco-observable:IPv4AddressFacet",
             "uco-observable:addressValue"};
  }
  return {{"@id", NodeId("selector", natural)},
          {"@type", shape.type},
          {"uco-core:hasFacet", json::array({{{"@id", NodeId("selector-facet", natural)},
                                              {"@type", shape.facet},
                                              {std::string(shape.property), value}}})}};
}

json Relationship(const std::string& source, const std::string& target, std::string_view kind) {
  return {{"@id", NodeId("relationship", source + std::string(kind) + target)},
          {"@type", "uco-core:Relationship"},
          {"uco-core:source", Ref(source)},
          {"uco-core:target", Ref(target)},
          {"uco-core:kindOfRelationship", kind},
          {"uco-core:isDirectional", true}};
}

// One use of an address at its time and port.
json ConnectionNode(const std::string& account, const std::string& address, const json& sighting, size_t number) {
  const std::string natural = account + address + std::to_string(number);
  json facet = {{"@id", NodeId("connection-facet", natural)},
                {"@type", "uco-observable:NetworkConnectionFacet"},
                {"uco-observable:src", json::array({Ref(address)})}};
  if (sighting.contains("at")) {
    facet[sighting.at("zone_known").get<bool>() ? "uco-observable:startTime" : "cg:startTimeZoneUnknown"] =
        DateTime(sighting.at("at").get<std::string>());
  }
  if (sighting.contains("port")) facet["uco-observable:sourcePort"] = Integer(sighting.at("port").get<int64_t>());
  if (sighting.contains("possible_proxy")) facet["cg:possibleProxy"] = sighting.at("possible_proxy");
  if (!sighting.at("event").get_ref<const std::string&>().empty()) facet["cg:eventName"] = sighting.at("event");
  return {{"@id", NodeId("connection", natural)},
          {"@type", "uco-observable:NetworkConnection"},
          {"uco-core:hasFacet", json::array({facet})}};
}

}  // namespace

json CaseContext() {
  return {{"kb", "https://crossguard.example/kb#"},
          {"cg", "https://crossguard.example/ns#"},
          {"case-investigation", "https://ontology.caseontology.org/case/investigation/"},
          {"uco-action", "https://ontology.unifiedcyberontology.org/uco/action/"},
          {"uco-core", "https://ontology.unifiedcyberontology.org/uco/core/"},
          {"uco-identity", "https://ontology.unifiedcyberontology.org/uco/identity/"},
          {"uco-marking", "https://ontology.unifiedcyberontology.org/uco/marking/"},
          {"uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/"},
          {"uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/"},
          {"uco-types", "https://ontology.unifiedcyberontology.org/uco/types/"},
          {"xsd", "http://www.w3.org/2001/XMLSchema#"}};
}

std::vector<json> CaseFrameNodes(const CaseFrame& frame, const std::vector<std::string>& accounts) {
  const std::string about = frame.operation_id + frame.recipient->id + frame.kind;
  const std::string marking = NodeId("marking", about);
  const std::string authorization = NodeId("authorization", frame.gateway_id);
  const std::string tool = NodeId("tool", frame.tool);
  json objects = json::array();
  for (const std::string& account : accounts) objects.push_back(Ref(NodeId("account", account)));
  std::vector<json> nodes;
  nodes.push_back(OrganizationNode(*frame.sender));
  nodes.push_back(OrganizationNode(*frame.recipient));
  nodes.push_back({{"@id", NodeId("investigation", frame.operation_id)},
                   {"@type", "case-investigation:Investigation"},
                   {"uco-core:name", frame.operation_name},
                   {"case-investigation:investigationForm", "case"},
                   {"case-investigation:focus", json::array({"child sexual abuse material"})},
                   {"case-investigation:relevantAuthorization", json::array({Ref(authorization)})},
                   {"uco-core:objectMarking", json::array({Ref(marking)})},
                   {"uco-core:object", objects}});
  nodes.push_back({{"@id", authorization},
                   {"@type", "case-investigation:Authorization"},
                   {"case-investigation:authorizationType", "legal gateway"},
                   {"case-investigation:authorizationIdentifier", json::array({frame.gateway_id})},
                   {"uco-core:description", json::array({frame.legal_reference})}});
  nodes.push_back(
      {{"@id", marking},
       {"@type", "uco-marking:MarkingDefinition"},
       {"uco-marking:definitionType", "release-to"},
       {"uco-marking:definition",
        json::array(
            {{{"@id", NodeId("release-to", about)},
              {"@type", "uco-marking:ReleaseToMarking"},
              {"uco-marking:authorizedIdentities", json::array({Ref(NodeId("organization", frame.recipient->id))})}},
             {{"@id", NodeId("handling", about)},
              {"@type", "uco-marking:StatementMarking"},
              {"cg:handlingCodes", frame.handling},
              {"uco-marking:statement", "No further dissemination without the sender's permission."}}})}});
  nodes.push_back({{"@id", tool}, {"@type", "uco-tool:Tool"}, {"uco-core:name", frame.tool}});
  nodes.push_back({{"@id", NodeId("action", about)},
                   {"@type", "case-investigation:InvestigativeAction"},
                   {"uco-core:name", "composed"},
                   {"uco-action:endTime", DateTime(frame.as_of)},
                   {"uco-action:performer", Ref(NodeId("organization", frame.sender->id))},
                   {"uco-action:instrument", json::array({Ref(tool)})},
                   {"uco-action:result", json::array({Ref(NodeId("provenance", about))})}});
  nodes.push_back({{"@id", NodeId("provenance", about)},
                   {"@type", "case-investigation:ProvenanceRecord"},
                   {"uco-core:object", objects}});
  return nodes;
}

std::vector<json> CaseAccountNodes(const json& account) {
  std::vector<json> nodes;
  const auto& id = account.at("id").get_ref<const std::string&>();
  const std::string node_id = NodeId("account", id);
  const std::string issuer = NodeId("service", account.at("service").get_ref<const std::string&>());
  json login = json::array();
  json display = json::array();
  for (const json& selector : account.at("selectors")) {
    if (selector.at("type") == "screen_name") login.push_back(selector.at("value"));
  }
  for (const json& value : account.at("values")) {
    if (value.at("field") == "display_name") display.push_back(value.at("value"));
  }
  json digital = {{"@id", NodeId("digital-account-facet", id)}, {"@type", "uco-observable:DigitalAccountFacet"}};
  if (!login.empty()) digital["uco-observable:accountLogin"] = login;
  if (!display.empty()) digital["uco-observable:displayName"] = display.front();
  json facets = json::array({{{"@id", NodeId("account-facet", id)},
                              {"@type", "uco-observable:AccountFacet"},
                              {"uco-observable:accountIdentifier", account.at("esp_identifier")},
                              {"uco-observable:accountIssuer", Ref(issuer)}},
                             digital});
  json node = {{"@id", node_id},
               {"@type", "uco-observable:DigitalAccount"},
               {"uco-core:hasFacet", facets},
               {"cg:accountId", id},
               {"cg:dataSubjectCategory", account.at("category")}};
  if (account.contains("jurisdiction")) {
    node["cg:jurisdiction"] = account.at("jurisdiction").at("country");
    node["cg:jurisdictionConfidence"] = Integer(account.at("jurisdiction").at("confidence").get<int64_t>());
  }
  if (account.contains("subject")) node["cg:subjectCandidate"] = account.at("subject").at("id");
  nodes.push_back({{"@id", issuer}, {"@type", "uco-identity:Organization"}, {"uco-core:name", account.at("service")}});
  nodes.push_back(std::move(node));

  for (const json& selector : account.at("selectors")) {
    json observable = SelectorNode(selector.at("type").get<std::string>(), selector.at("value").get<std::string>());
    const auto address = observable.at("@id").get<std::string>();
    nodes.push_back(Relationship(node_id, address, "Used"));
    if (selector.at("type") == "ip") {
      size_t number = 0;
      for (const json& sighting : selector.at("sightings")) {
        json connection = ConnectionNode(node_id, address, sighting, number++);
        nodes.push_back(Relationship(node_id, connection.at("@id").get<std::string>(), "Connected_From"));
        nodes.push_back(std::move(connection));
      }
    }
    nodes.push_back(std::move(observable));
  }
  for (const json& media : account.at("media")) {
    nodes.push_back(Relationship(node_id, NodeId("file", media.at("id").get_ref<const std::string&>()), "Uploaded"));
  }
  return nodes;
}

json CaseMediaNode(const Gathered::MediaFile& media) {
  const std::string& id = media.row.id;
  json content = {
      {"@id", NodeId("content-facet", id)},
      {"@type", "uco-observable:ContentDataFacet"},
      {"uco-observable:sizeInBytes", Integer(media.row.size_bytes)},
      {"uco-observable:hash", json::array({Hash("MD5", media.row.md5.hex(), id), Hash("SHA1", media.row.sha1.hex(), id),
                                           Hash("SHA256", media.row.sha256.hex(), id)})}};
  if (!media.row.kind.empty()) content["uco-observable:mimeType"] = media.row.kind;
  if (media.row.pdq) content["cg:pdq"] = {{"@type", "xsd:hexBinary"}, {"@value", media.row.pdq->hex()}};
  json facets = json::array({content});
  if (!media.file_name.empty()) {
    facets.push_back({{"@id", NodeId("file-facet", id)},
                      {"@type", "uco-observable:FileFacet"},
                      {"uco-observable:fileName", media.file_name}});
  }
  return {
      {"@id", NodeId("file", id)}, {"@type", "uco-observable:File"}, {"uco-core:hasFacet", facets}, {"cg:mediaId", id}};
}

}  // namespace crossguard
