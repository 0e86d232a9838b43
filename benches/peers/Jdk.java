// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;

/** The JDK's XML signatures: {@code java Jdk.java FOLDER DOCUMENT…}. What it reads and writes is said in on_libxml2.py. */
public final class Jdk {
    private static final long NANOSECONDS = 2_000_000_000L;
    private static final int LEAST_RUNS = 3;
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    private interface Work {
        void run() throws Exception;
    }

    private static double median(Work work) throws Exception {
        // Until the compiler has seen it.
        long warm = System.nanoTime() + NANOSECONDS;
        while (System.nanoTime() < warm) {
            work.run();
        }
        List<Double> times = new ArrayList<>();
        long end = System.nanoTime() + NANOSECONDS;
        while (times.size() < LEAST_RUNS || System.nanoTime() < end) {
            long begun = System.nanoTime();
            work.run();
            times.add((System.nanoTime() - begun) / 1e6);
        }
        Collections.sort(times);
        return times.get(times.size() / 2);
    }

    private static Document parsed(byte[] octets) throws Exception {
        DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
        builders.setNamespaceAware(true);
        return builders.newDocumentBuilder().parse(new ByteArrayInputStream(octets));
    }

    private static byte[] sign(byte[] octets, PrivateKey key, X509Certificate certificate) throws Exception {
        Document document = parsed(octets);
        var transforms = List.of(
                FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
                FACTORY.newTransform(CanonicalizationMethod.EXCLUSIVE, (TransformParameterSpec) null));
        var reference = FACTORY.newReference(
                "", FACTORY.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
        var signed = FACTORY.newSignedInfo(
                FACTORY.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
                FACTORY.newSignatureMethod(SignatureMethod.RSA_SHA256, null),
                List.of(reference));
        var keys = FACTORY.getKeyInfoFactory();
        var info = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));
        FACTORY.newXMLSignature(signed, info).sign(new DOMSignContext(key, document.getDocumentElement()));
        var out = new ByteArrayOutputStream();
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
        return out.toByteArray();
    }

    private static void verify(byte[] octets, X509Certificate certificate) throws Exception {
        var signature = parsed(octets).getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
        var context = new DOMValidateContext(certificate.getPublicKey(), signature);
        if (!FACTORY.unmarshalXMLSignature(context).validate(context)) {
            throw new IllegalStateException("the signature does not count");
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        String pem = Files.readString(folder.resolve("key.pem")).replaceAll("-----[^-]*-----", "");
        byte[] der = Base64.getMimeDecoder().decode(pem);
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        X509Certificate certificate;
        try (var file = Files.newInputStream(folder.resolve("certificate.pem"))) {
            certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
        }
        System.out.println("JDK " + Runtime.version().feature());
        for (String document : List.of(arguments).subList(1, arguments.length)) {
            byte[] plain = Files.readAllBytes(folder.resolve(document + ".plain.xml"));
            byte[] signed = Files.readAllBytes(folder.resolve(document + ".signed.xml"));
            verify(sign(plain, key, certificate), certificate);
            System.out.println(document + "\tsign\t" + median(() -> sign(plain, key, certificate)));
            System.out.println(document + "\tverify\t" + median(() -> verify(signed, certificate)));
        }
    }
}
