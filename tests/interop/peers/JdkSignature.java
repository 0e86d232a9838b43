// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.w3c.dom.bootstrap.DOMImplementationRegistry;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSOutput;
import org.w3c.dom.ls.LSSerializer;

/** The JDK's XML signatures (javax.xml.crypto) as a peer. Commands and answers are those of peer.py; see ../README.md. */
public final class JdkSignature {
    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int FAILED = 2;
    private static final int CANNOT = 3;
    private static final String WSU =
            "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    private static final List<String> OPTIONS = List.of("signature", "digest", "method", "method-prefixes",
            "transform", "prefixes", "enveloped", "reference", "into");
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    /** The JDK has no such algorithm or form. */
    private static final class Cannot extends Exception {
        Cannot(String reason) {
            super(reason);
        }
    }

    /** The signature does not hold. */
    private static final class Refused extends Exception {
        Refused(String reason) {
            super(reason);
        }
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1 || !arguments[0].equals("batch")) {
            String[] answer = answer(arguments);
            if (!answer[1].isEmpty()) {
                System.err.println(answer[1]);
            }
            System.exit(Integer.parseInt(answer[0]));
        }
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] answer = answer(line.split("\t", -1));
            String reason = answer[1].replaceAll("\\s+", " ");
            System.out.println(answer[0] + " " + reason.substring(0, Math.min(reason.length(), 400)));
        }
    }

    /** Runs one command; exit code and reason. */
    private static String[] answer(String[] words) {
        int code = DONE;
        String reason = "";
        try {
            if (words.length >= 5 && words[0].equals("sign")) {
                sign(words, options(words, 5));
            } else if (words.length >= 3 && words[0].equals("verify")) {
                options(words, 3);
                verify(certificate(words[1]), parse(words[2]));
            } else {
                code = FAILED;
                reason = "not a command";
            }
        } catch (Cannot | NoSuchAlgorithmException error) {
            code = CANNOT;
            reason = String.valueOf(error.getMessage());
        } catch (Refused error) {
            code = REFUSED;
            reason = error.getMessage();
        } catch (Exception error) {
            code = FAILED;
            reason = error.toString();
        }
        return new String[] {Integer.toString(code), reason};
    }

    private static Map<String, String> options(String[] words, int start) {
        Map<String, String> found = new HashMap<>();
        OPTIONS.forEach(name -> found.put(name, ""));
        for (String word : Arrays.asList(words).subList(start, words.length)) {
            int at = word.indexOf('=');
            String name = word.substring(0, Math.max(at, 0));
            if (found.replace(name, word.substring(at + 1)) == null) {
                throw new IllegalArgumentException("no option `" + name + "`");
            }
        }
        return found;
    }

    private static void sign(String[] words, Map<String, String> option) throws Exception {
        X509Certificate certificate = certificate(words[2]);
        Document document = parse(words[3]);
        List<Transform> transforms = new ArrayList<>();
        if (option.get("enveloped").equals("yes")) {
            transforms.add(FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null));
        }
        if (!option.get("transform").isEmpty()) {
            transforms.add(FACTORY.newTransform(option.get("transform"),
                    (TransformParameterSpec) prefixes(option.get("prefixes"))));
        }
        Reference reference = FACTORY.newReference(option.get("reference"),
                FACTORY.newDigestMethod(option.get("digest"), null), transforms, null, null);
        CanonicalizationMethod method = FACTORY.newCanonicalizationMethod(option.get("method"),
                (C14NMethodParameterSpec) prefixes(option.get("method-prefixes")));
        SignedInfo info = FACTORY.newSignedInfo(method,
                FACTORY.newSignatureMethod(option.get("signature"), null), List.of(reference));
        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));
        PrivateKey key = privateKey(words[1], certificate.getPublicKey().getAlgorithm());
        DOMSignContext context = new DOMSignContext(key, into(document, option.get("into")));
        context.setDefaultNamespacePrefix("ds");
        FACTORY.newXMLSignature(info, keyInfo).sign(context);
        write(document, Path.of(words[4]));
    }

    private static ExcC14NParameterSpec prefixes(String list) {
        return list.isEmpty() ? null : new ExcC14NParameterSpec(Arrays.asList(list.split(",")));
    }

    private static void verify(X509Certificate certificate, Document document) throws Exception {
        NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (signatures.getLength() != 1) {
            throw new Refused(signatures.getLength() + " signatures");
        }
        DOMValidateContext context = new DOMValidateContext(certificate.getPublicKey(), signatures.item(0));
        // No XSLT, no remote references, no duplicate Ids, no weak keys.
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        try {
            XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
            if (!signature.validate(context)) {
                boolean value = signature.getSignatureValue().validate(context);
                throw new Refused(value ? "a digest does not match" : "the signature value does not match");
            }
        } catch (MarshalException | XMLSignatureException error) {
            throw new Refused(error.toString());
        }
    }

    private static Element into(Document document, String id) {
        Element found = id.isEmpty() ? document.getDocumentElement() : document.getElementById(id);
        if (found == null) {
            throw new IllegalArgumentException("no element has the Id `" + id + "`");
        }
        return found;
    }

    private static Document parse(String path) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        Document document = factory.newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readAllBytes(Path.of(path))));
        NodeList elements = document.getElementsByTagNameNS("*", "*");
        for (int index = 0; index < elements.getLength(); index++) {
            Element element = (Element) elements.item(index);
            for (String name : List.of("Id", "ID", "id")) {
                register(element, null, name);
            }
            register(element, WSU, "Id");
            register(element, XMLConstants.XML_NS_URI, "id");
        }
        return document;
    }

    /** Says that an attribute is an Id: the JDK knows none by itself. */
    private static void register(Element element, String namespace, String local) {
        if (element.hasAttributeNS(namespace, local)) {
            element.setIdAttributeNS(namespace, local, true);
        }
    }

    /** Serialises with the LS writer of the JDK, which keeps carriage returns as references. */
    private static void write(Document document, Path target) throws Exception {
        DOMImplementationLS implementation =
                (DOMImplementationLS) DOMImplementationRegistry.newInstance().getDOMImplementation("LS");
        LSSerializer serializer = implementation.createLSSerializer();
        LSOutput output = implementation.createLSOutput();
        output.setEncoding("UTF-8");
        try (OutputStream stream = Files.newOutputStream(target)) {
            output.setByteStream(stream);
            serializer.write(document, output);
        }
    }

    private static X509Certificate certificate(String path) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(path));
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(bytes));
    }

    private static PrivateKey privateKey(String path, String algorithm) throws Exception {
        String base64 = Files.readString(Path.of(path)).replaceAll("-----[A-Z ]+-----", "");
        byte[] der = Base64.getMimeDecoder().decode(base64);
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    }
}
