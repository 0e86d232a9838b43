// SPDX-License-Identifier: Apache-2.0
// java Submit.java FILE: submits a declaration with the plain JDK 17, and waits for its end. -Djavax.net.ssl.trustStore=... names the gateway's issuer.
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.util.regex.*;

public class Submit {
    static final String URL = System.getenv("SILTA_URL");
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static String ask(HttpRequest.Builder request) throws Exception {
        var answer = CLIENT.send(request.header("Authorization", "Bearer " + System.getenv("SILTA_TOKEN")).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 400) throw new RuntimeException(answer.statusCode() + " " + answer.body()); // application/problem+json
        return answer.body();
    }

    static String member(String json, String name) { // one string; use the JSON library that you have
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    public static void main(String[] arguments) throws Exception {
        String content = Files.readString(Path.of(arguments[0])), bound = "silta-" + System.nanoTime(), part = "--" + bound + "\r\nContent-Disposition: form-data; name=";
        String form = part + "\"parameters\"\r\nContent-Type: application/json\r\n\r\n{\"declarant\":\"9000003-8\",\"application\":\"INTRASTAT\",\"contentFormat\":\"application/xml\"}\r\n"
            + part + "\"payload\"; filename=\"declaration.xml\"\r\nContent-Type: application/xml\r\n\r\n" + content + "\r\n--" + bound + "--\r\n";
        String queued = ask(HttpRequest.newBuilder(URI.create(URL + "/v1/agencies/tulli/operations/upload")).header("Content-Type", "multipart/form-data; boundary=" + bound)
            .header("Idempotency-Key", '"' + Integer.toHexString(content.hashCode()) + '"').POST(HttpRequest.BodyPublishers.ofString(form)));
        String state;
        while (!member(state = ask(HttpRequest.newBuilder(URI.create(URL + member(queued, "href")))), "state").matches("ended|held")) Thread.sleep(200);
        System.out.println("operation " + member(state, "state") + " " + member(state, "end"));
    }
}
