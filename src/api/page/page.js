/* The reference of all sides of this server. Everything comes from the server itself; nothing is asked of others. */
(function () {
  "use strict";
  var place = document.getElementById("reference");
  var sides = [
    ["v3", "Management API v3"],
    ["v2", "Management API v2"],
    ["v1", "Management API v1"],
    ["agent", "Agent protocol"],
    ["oauth", "Token endpoint"],
    ["scim-v3", "SCIM v3"],
    ["scim-v2", "SCIM v2"],
    ["scim-v1", "SCIM v1"],
  ];
  if (typeof Scalar === "undefined") {
    place.innerHTML = "";
    var text = document.createElement("p");
    text.textContent = "This server was built without the script of the reference page (it comes from npm, see docs/dependencies.md). The definitions:";
    var list = document.createElement("ul");
    sides.forEach(function (side) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      link.href = "/management-api/swagger/" + side[0] + "/swagger.json";
      link.textContent = side[1];
      item.appendChild(link);
      list.appendChild(item);
    });
    place.append(text, list);
    return;
  }
  Scalar.createApiReference("#reference", {
    sources: sides.map(function (side, index) {
      return { title: side[1], slug: side[0], url: "/management-api/swagger/" + side[0] + "/swagger.json", default: index === 0 };
    }),
    withDefaultFonts: false,
    telemetry: false,
    persistAuth: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    proxyUrl: "",
    documentDownloadType: "json",
  });
})();
