// Draws the API's description. A signed-in person tries operations with their own session.
"use strict";
(() => {
  const place = document.getElementById("api");

  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "none", // so many operations are opened a subject at a time
    tryItOutEnabled: false,
    validatorUrl: null,
    requestInterceptor: (request) => {
      const isOurs = new URL(request.url, document.baseURI).origin === location.origin;
      if (isOurs && !request.loadSpec) {
        request.headers["X-CSRFToken"] = place.dataset.csrf;
      }
      return request;
    },
  });
})();
